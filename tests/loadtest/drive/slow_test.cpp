// Clients that read and write slowly: the server is held back, nobody else is.

#include <array>
#include <atomic>
#include <fstream>
#include <optional>

#include "loadtest/drive/naps.hpp"
#include "loadtest/drive/pace.hpp"
#include "tests/loadtest/drive/peer.hpp"
#include "tests/loadtest/drive/secure.hpp"

namespace loadtest::drive {
namespace {

using namespace test;

TEST(Pace, is_kept_in_breaths) {
  Pace pace(10'000);
  Nanoseconds now = -5 * millisecond;  // a run's first requests are due a moment after its clock was set
  std::size_t moved = 0, breaths = 0;
  for (const Nanoseconds end = now + 10 * second; now < end; now = pace.rests_until()) {
    while (const std::size_t share = pace.share(700, now)) {
      EXPECT_LE(share, 700U);
      pace.moved(share);
      moved += share;
    }
    ++breaths;
    EXPECT_EQ(now + 100 * millisecond, pace.rests_until());
    EXPECT_EQ(0U, pace.share(700, pace.rests_until() - 1)) << "nothing in between";
  }
  EXPECT_EQ(100U, breaths);
  EXPECT_EQ(100'000U, moved);
}

TEST(Pace, what_was_not_used_is_gone) {
  Pace pace(10'000);
  EXPECT_EQ(1000U, pace.share(1'000'000, second));
  pace.moved(1000);
  EXPECT_EQ(1000U, pace.share(1'000'000, 60 * second)) << "a minute later it is one breath, not a minute's worth";
}

TEST(Pace, a_byte_a_second_is_one) {
  Pace pace(1);
  EXPECT_EQ(1U, pace.share(100, second));
  pace.moved(1);
  EXPECT_EQ(0U, pace.share(100, second + 1));
  EXPECT_EQ(2 * second, pace.rests_until());
  EXPECT_EQ(1U, pace.share(100, 2 * second));
}

TEST(Naps, wake_in_their_order_and_not_all_at_once) {
  struct One final : Napper {
    void woken() noexcept override { order->push_back(number); }
    std::vector<int>* order = nullptr;
    int number = 0;
  };
  std::vector<int> order;
  std::array<One, 4> some;
  Naps naps;
  EXPECT_GT(naps.next(), 1000 * second);
  {
    One gone;
    naps.add(gone, 1);
  }
  for (int i = 0; i != 4; ++i) {
    some[static_cast<std::size_t>(i)].order = &order;
    some[static_cast<std::size_t>(i)].number = i;
    naps.add(some[static_cast<std::size_t>(i)], 40 - i);
  }
  naps.add(some[0], 50);  // later than it knows
  naps.add(some[1], 10);  // sooner
  EXPECT_EQ(10, naps.next());
  naps.wake(9, 8);
  EXPECT_TRUE(order.empty());
  naps.wake(40, 3);
  EXPECT_EQ((std::vector{1, 3, 2}), order);
  EXPECT_EQ(40, naps.next()) << "the fourth has its turn in the next";
  naps.wake(40, 8);
  EXPECT_EQ((std::vector{1, 3, 2, 0}), order);
}

// Ten megabytes for a client that reads fifty kilobytes of them in a second and gives up: what the server got rid of is that, and what its
// socket and ours hold.
TEST(Slow, a_reader_holds_the_server_back) {
  std::atomic<std::size_t> sent{0};
  const Peer peer([&](PeerConnection& connection) {
    connection.send_buffer(8192);
    if (!connection.request()) return;
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n");
    connection.send_counted(std::string(10'000'000, 'x'), [&](std::size_t n) { sent += n; });
  });
  auto plan = closed(peer.url(), 1, 1);
  plan.load.timeout = second;
  plan.lanes[0].transport.read_rate = 50'000;
  const auto run = drive::run(plan);
  EXPECT_EQ(1U, ended_as(run, Ending::timed_out)) << "it had begun, and was not whole in time";
  EXPECT_EQ(1U, run.lanes[0].series.summary(Metric::first_byte_unfinished).count +
                    run.lanes[0].series.summary(Metric::first_byte).count);
  EXPECT_GT(run.lanes[0].series.bytes_in(), 10'000U) << "50,000, where the machine does not stand still";
  EXPECT_LT(run.lanes[0].series.bytes_in(), 60'000U);
  EXPECT_GT(sent, 10'000U);
  EXPECT_LT(sent, run.lanes[0].series.bytes_in() + 40'000U) << "12.5 KB in our socket, twice 8 KiB in the server's";
}

/// What a server on that port has written and its peers have not taken, as the kernel tells.
std::size_t unsent(std::uint16_t port) {
  std::ifstream sockets("/proc/net/tcp");
  std::string number, local, remote, state, queues, line;
  std::size_t bytes = 0;
  std::getline(sockets, line);
  while (sockets >> number >> local >> remote >> state >> queues && std::getline(sockets, line)) {
    if (state == "01" && std::stoul(local.substr(local.find(':') + 1), nullptr, 16) == port)
      bytes += std::stoul(queues.substr(0, queues.find(':')), nullptr, 16);
  }
  return bytes;
}

/// After a second, ends the run.
struct LookOnce final : Watcher {
  explicit LookOnce(std::uint16_t where) : port(where) {}
  bool look(const Look&) override {
    if (!seen) seen = unsent(port);
    return false;
  }
  std::uint16_t port;
  std::optional<std::size_t> seen;
};

// Over HTTP/1 a slow reader leaves the server with a full socket. Over HTTP/2 its windows are closed, and the server's socket is empty.
TEST(Slow, windows_of_http2_are_closed) {
  service::Settings big;
  big.size = 2'000'000;
  Serving server(big);
  for (const auto protocol : {plan::Protocol::http1, plan::Protocol::h2c}) {
    auto plan = closed(server.url(), 1, 1);
    plan.lanes[0].transport.protocol = protocol;
    plan.lanes[0].transport.read_rate = 20'000;
    LookOnce look(server.port());
    const auto run = drive::run(plan, &look);
    EXPECT_EQ(1U, ended_as(run, Ending::in_flight));
    ASSERT_TRUE(look.seen);
    if (protocol == plan::Protocol::http1)
      EXPECT_GT(*look.seen, 30'000U);
    else
      EXPECT_LT(*look.seen, 10'000U);
  }
}

TEST(Slow, nobody_is_before_the_run) {
  Serving server;
  auto plan = closed(server.url("/", "ws"), 1, 1);
  plan.load.timeout = second;
  plan.lanes[0].transport.protocol = plan::Protocol::websocket;
  plan.lanes[0].transport.read_rate = 1000;  // the answer to the introduction is more than a breath of it
  const auto run = drive::run(plan);
  EXPECT_EQ("", run.problem);
  EXPECT_EQ(1U, ended_as(run, Ending::answered));
}

TEST(Slow, whatever_is_spoken_it_comes_as_fast_as_it_is_read) {
  service::Settings big;
  big.size = 30'000;
  Serving server(big);
  Secure secure("IP:127.0.0.1", big);
  for (const auto protocol : {plan::Protocol::http1, plan::Protocol::h2c, plan::Protocol::negotiated}) {
    const bool tls = protocol == plan::Protocol::negotiated;
    auto plan = closed(tls ? secure.serving.url("/", "https") : server.url(), 2, 2);
    plan.lanes[0].transport.protocol = protocol;
    plan.lanes[0].transport.read_rate = 60'000;
    const auto run = drive::run(plan);
    EXPECT_EQ(2U, ended_as(run, Ending::answered));
    const auto times = run.lanes[0].series.summary(Metric::success);
    EXPECT_GT(times.min, 300U * millisecond) << static_cast<int>(protocol) << ": a breath of it comes at once";
    EXPECT_LT(times.max, 2U * second) << static_cast<int>(protocol);
    const auto& thread = run.generator.threads[0];
    EXPECT_LT(thread.user + thread.system, thread.wall / 4) << "it slept";
  }
}

TEST(Slow, streams_share_what_is_read_of_their_connection) {
  service::Settings big;
  big.size = 10'000;
  Serving server(big);
  auto plan = closed(server.url(), 1, 3);
  plan.lanes[0].transport.protocol = plan::Protocol::h2c;
  plan.lanes[0].transport.streams = 3;
  plan.lanes[0].transport.read_rate = 60'000;
  const auto run = drive::run(plan);
  EXPECT_EQ(3U, ended_as(run, Ending::answered));
  EXPECT_GT(run.lanes[0].series.summary(Metric::success).max, 300U * millisecond);
}

TEST(Slow, a_writer_takes_its_time) {
  Serving server;
  for (const auto protocol : {plan::Protocol::http1, plan::Protocol::h2c}) {
    auto plan = closed(server.url(), 1, 1);
    plan.lanes[0].targets[0].method = "POST";
    plan.lanes[0].targets[0].body = std::make_shared<const std::string>(30'000, 'b');
    plan.lanes[0].transport.protocol = protocol;
    plan.lanes[0].transport.write_rate = 60'000;
    const auto run = drive::run(plan);
    EXPECT_EQ(1U, ended_as(run, Ending::answered));
    const auto times = run.lanes[0].series.summary(Metric::success);
    EXPECT_GT(times.min, 300U * millisecond);
    EXPECT_LT(times.max, 2U * second);
    const auto& series = run.lanes[0].series;
    EXPECT_LT(series.summary(Metric::wait).max, series.summary(Metric::send).max) << "it was the sending that took so long";
  }
}

// Half of all requests are of slow readers, who pile up; the other half must not notice.
TEST(Slow, others_are_not) {
  Serving server;
  auto plan = open(server.url(), 200, second);
  plan.lanes[0].targets[0].path += "?size=4Ki";
  plan.lanes.push_back(plan.lanes[0]);
  plan.lanes[0].transport.read_rate = 4096;
  const auto run = drive::run(plan);
  EXPECT_EQ(100U, ended_as(run, Ending::answered, 0));
  EXPECT_EQ(100U, ended_as(run, Ending::answered, 1));
  const auto slow = percentile(run, Metric::success, 10, 0);
  EXPECT_GT(slow, 700 * millisecond);
  EXPECT_LT(percentile(run, Metric::success, 90, 1), slow / 2);
  EXPECT_LT(percentile(run, Metric::lateness, 50, 1), slow / 4);
}

TEST(Slow, what_is_still_being_read_at_the_end_is_in_flight) {
  service::Settings big;
  big.size = 1'000'000;
  Serving server(big);
  auto plan = open(server.url(), 10, second);
  plan.load.drain = 200 * millisecond;
  plan.lanes[0].transport.read_rate = 1000;
  const auto run = drive::run(plan);
  EXPECT_EQ(10U, ended_as(run, Ending::in_flight));
  EXPECT_LT(run.drained, 3 * second) << "and not what they take, nor what others wait for: five";
}

}  // namespace
}  // namespace loadtest::drive
