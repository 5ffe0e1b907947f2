// The small parts of the generator, each alone.

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "loadtest/drive/arrivals.hpp"
#include "loadtest/drive/cores.hpp"
#include "loadtest/drive/places.hpp"
#include "loadtest/drive/system_counters.hpp"
#include "tests/loadtest/drive/talk_scene.hpp"

namespace loadtest::drive {
namespace {

using test::TalkScene;

TEST(EventScanner, counts_blocks_of_data) {
  const auto count = [](std::string_view text) {
    EventScanner scanner;
    return scanner.add(text);
  };
  EXPECT_EQ(0U, count("data: a\n"));
  EXPECT_EQ(1U, count("data: a\n\n"));
  EXPECT_EQ(1U, count("data\n\n")) << "a name alone is a field with an empty value";
  EXPECT_EQ(1U, count("id: 1\r\nevent: x\r\ndata: a\r\ndata: b\r\n\r\n"));
  EXPECT_EQ(2U, count("data:a\r\rdata:b\r\r"));
  EXPECT_EQ(0U, count(": keep alive\n\n"));
  EXPECT_EQ(0U, count("id: 1\n\nevent: a\n\n")) << "without data nobody is told";
  EXPECT_EQ(0U, count("database: 1\n\n"));
  EXPECT_EQ(1U, count("\n\n\ndata: a\n\n\n\n"));
}

TEST(EventScanner, does_not_mind_where_pieces_end) {
  const std::string_view text = "data: a\r\n\r\n: c\r\n\r\ndata: b\n\nid: 3\rdata: c\r\r";
  for (std::size_t cut = 0; cut != text.size(); ++cut) {
    EventScanner scanner;
    const unsigned first = scanner.add(text.substr(0, cut));
    EXPECT_EQ(3U, first + scanner.add(text.substr(cut))) << cut;
  }
}

TEST(BodyCheck, looks_at_the_size) {
  plan::Expectation expect;
  expect.bytes = 5;
  BodyCheck check(expect);
  check.add(std::string_view("hel"));
  EXPECT_FALSE(check.good());
  check.add(std::string_view("lo"));
  EXPECT_TRUE(check.good());
  check.add(std::string_view("!"));
  EXPECT_FALSE(check.good());
}

TEST(BodyCheck, finds_a_text_across_pieces) {
  plan::Expectation expect;
  expect.contains = "needle";
  const std::string_view hay = "some hay, a neeneedle, more hay";
  for (std::size_t cut = 0; cut != hay.size(); ++cut) {
    BodyCheck check(expect);
    check.add(hay.substr(0, cut));
    check.add(hay.substr(cut));
    EXPECT_TRUE(check.good()) << cut;
    check.begin();
    check.add(std::string_view("need"));
    EXPECT_FALSE(check.good()) << "what was in the body before does not count";
    check.add(std::string_view("les"));
    EXPECT_TRUE(check.good());
  }
}

TEST(BodyCheck, finds_no_text_across_bodies) {
  plan::Expectation expect;
  expect.contains = "needle";
  BodyCheck check(expect);
  check.add(std::string_view("a need"));
  check.begin();
  check.add(std::string_view("le"));
  EXPECT_FALSE(check.good());
}

TEST(BodyCheck, knows_a_digest) {
  plan::Expectation expect;
  expect.sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
  BodyCheck check(expect);
  check.add(std::string_view("hel"));
  check.add(std::string_view("lo"));
  EXPECT_TRUE(check.good());
  check.begin();
  check.add(std::string_view("hullo"));
  EXPECT_FALSE(check.good());
}

TEST(Places, names_below_localhost_are_this_machine) {
  std::string problem;
  const auto place = find_place({plan::Scheme::http, "local-hello.localhost", 8080}, {}, problem);
  ASSERT_TRUE(place) << problem;
  EXPECT_EQ(place->name, "local-hello.localhost:8080");
  EXPECT_FALSE(place->addresses.empty());
}

TEST(Arrivals, every_lane_has_one_turn_a_round) {
  for (const std::size_t lanes : {1U, 2U, 3U, 5U}) {
    std::set<std::string> orders;
    for (std::uint64_t round = 0; round != 200; ++round) {
      std::string order;
      for (std::uint64_t at = 0; at != lanes; ++at)
        order += static_cast<char>('a' + lane_of_turn(round * lanes + at, lanes, 1));
      orders.insert(order);
      std::sort(order.begin(), order.end());
      ASSERT_EQ(std::string("abcde").substr(0, lanes), order);
    }
    EXPECT_EQ(orders.size(), lanes < 3 ? lanes : 2 * lanes) << "any of them may be first";
  }
}

// A B B A gives one side every slot of whatever recurs each fourth request: 4 ms at 1,000/s, as a kernel's tick does at 250 Hz.
TEST(Arrivals, no_lane_keeps_step_with_anything_that_recurs) {
  constexpr std::uint64_t times = 400;
  for (const std::uint64_t seed : {1U, 2U}) {
    for (std::uint64_t period = 2; period <= 32; ++period) {
      for (std::uint64_t phase = 0; phase != period; ++phase) {
        double first = 0;
        for (std::uint64_t i = 0; i != times; ++i) first += lane_of_turn(i * period + phase, 2, seed) == 0 ? 1 : 0;
        EXPECT_NEAR(first / times, 0.5, 0.15) << "period " << period << ", phase " << phase;
      }
    }
  }
}

TEST(Arrivals, the_order_is_that_of_the_seed) {
  const auto order = [](std::uint64_t seed) {
    plan::Load load;
    load.stages = {{1'000'000'000, 64}};
    load.seed = seed;
    ScheduledArrivals arrivals(load, {1, 1});
    std::string lanes;
    while (const auto due = arrivals.next()) lanes += static_cast<char>('a' + due->lane);
    return lanes;
  };
  EXPECT_EQ(order(7), order(7));
  EXPECT_NE(order(7), order(8));
}

TEST(Arrivals, targets_of_each_lane_come_in_turn) {
  plan::Load load;
  load.stages = {{1'000'000'000, 10}};
  ScheduledArrivals arrivals(load, {2, 3});
  std::array<std::string, 2> targets;
  Nanoseconds last = -1;
  while (const auto due = arrivals.next()) {
    EXPECT_GT(due->at, last);
    last = due->at;
    targets[due->lane] += static_cast<char>('0' + due->target);
  }
  EXPECT_EQ("01010", targets[0]);
  EXPECT_EQ("01201", targets[1]);
}

TEST(Prepared, targets_of_one_origin_share_it) {
  auto other = TalkScene::get();
  other.origin.port = 81;
  auto of_a_client = TalkScene::get();
  of_a_client.origin.client = "10.0.0.1";
  const auto lane = prepare({TalkScene::get(), other, TalkScene::get("HEAD"), of_a_client}, {});
  EXPECT_EQ(3U, lane.origins.size());
  EXPECT_EQ(2U, lane.targets[3]->origin) << "whose connections are his own";
  EXPECT_EQ(lane.targets[0]->head, lane.targets[3]->head) << "what is asked is the same";
  EXPECT_EQ(0U, lane.targets[0]->origin);
  EXPECT_EQ(1U, lane.targets[1]->origin);
  EXPECT_EQ(0U, lane.targets[2]->origin);
  EXPECT_EQ(2U, lane.targets[2]->target);
}

TEST(Prepared, fields_of_ones_own_take_the_place_of_ours) {
  plan::Transport transport;
  transport.keep_alive = false;
  auto target = TalkScene::get("POST");
  target.fields = {{"host", "b.test"}, {"USER-AGENT", "me"}, {"Content-Length", "99"}, {"Transfer-Encoding", "chunked"}};
  const auto lane = prepare({target}, transport);
  EXPECT_EQ("POST /path?q=1 HTTP/1.1\r\nhost: b.test\r\nUSER-AGENT: me\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
            lane.targets[0]->head);
}

TEST(Prepared, streams_of_events_say_what_they_accept) {
  plan::Transport transport;
  transport.protocol = plan::Protocol::events;
  EXPECT_NE(std::string::npos, prepare({TalkScene::get()}, transport).targets[0]->head.find("Accept: text/event-stream\r\n"));
}

TEST(SystemCounters, are_of_this_control_group) {
  EXPECT_EQ("/sys/fs/cgroup/a.slice/b/cpu.stat", cpu_stat_path("0::/a.slice/b\n"));
  EXPECT_EQ("/sys/fs/cgroup/cpu/docker/x/cpu.stat", cpu_stat_path("3:cpuset:/other\n2:cpu,cpuacct:/docker/x\n0::/unified\n"));
  EXPECT_EQ("/sys/fs/cgroup/unified/cpu.stat", cpu_stat_path("3:cpuset,cpuacct:/other\n0::/unified\n"));
  EXPECT_EQ("", cpu_stat_path("nonsense\n"));
}

TEST(SystemCounters, know_what_the_kernel_threw_away) {
  EXPECT_EQ(12U, tcp_drops("TcpExt: SyncookiesSent TCPBacklogDrop PruneCalled TCPRcvQDrop\nTcpExt: 1 5 100 7\n"
                           "IpExt: InOctets OutOctets\nIpExt: 9 9\n"));
  EXPECT_EQ(0U, tcp_drops(""));
  EXPECT_EQ(0x1fU, queue_drops("0000ffff 0000000f 00000002 0\n00000001 00000010 00000000 0\n"));
}

TEST(Cores, are_the_last_ones_where_there_are_enough) {
  EXPECT_EQ(std::nullopt, core_for({0, 1}, 0, 1));
  EXPECT_EQ(std::nullopt, core_for({0, 1, 2, 3}, 0, 3));
  EXPECT_EQ(3, core_for({0, 1, 2, 3}, 0, 2));
  EXPECT_EQ(2, core_for({0, 1, 2, 3}, 1, 2));
  EXPECT_EQ(9, core_for({4, 5, 6, 7, 9}, 0, 1));
}

TEST(Flight, is_as_new_when_it_begins_again) {
  TalkScene scene;
  auto& flight = scene.flight();
  flight.sample = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 200, Ending::reset, true, true};
  flight.refused = flight.whole = flight.written_out = true;
  flight.body_sent = 7;
  flight.begin_again();
  EXPECT_EQ(1, flight.sample.due);
  EXPECT_EQ(2, flight.sample.noticed);
  for (const auto at : {flight.sample.connecting, flight.sample.connected, flight.sample.secured, flight.sample.sending,
                        flight.sample.sent, flight.sample.first_byte, flight.sample.end})
    EXPECT_EQ(measure::never, at);
  EXPECT_EQ(0U, flight.sample.bytes_in + flight.sample.bytes_out + flight.sample.status + flight.body_sent);
  EXPECT_EQ(Ending::answered, flight.sample.ending);
  EXPECT_FALSE(flight.sample.reused || flight.refused || flight.whole || flight.written_out);
  EXPECT_TRUE(flight.sample.warm_up);
}

}  // namespace
}  // namespace loadtest::drive
