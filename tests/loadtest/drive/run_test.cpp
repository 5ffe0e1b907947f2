// Whole runs against a server of known latency: what is asked is done, and what happened is told.

#include "loadtest/drive/generator.hpp"
#include "tests/loadtest/drive/scene.hpp"

namespace loadtest::drive {
namespace {

using namespace test;

TEST(Run, a_closed_loop_makes_as_many_requests_as_were_asked_for) {
  Serving server;
  const auto run = drive::run(closed(server.url(), 4, 500));
  EXPECT_EQ(Ended::completed, run.ended);
  EXPECT_EQ(500U, ended_as(run, Ending::answered));
  EXPECT_EQ(500U, with_status(run, 200));
  EXPECT_EQ(500U, run.lanes[0].series.started());
  EXPECT_EQ(4U, run.lanes[0].facts.opened);
  EXPECT_EQ(4U, run.lanes[0].facts.most_open);
  EXPECT_EQ("http/1.1", run.lanes[0].facts.protocol);
  EXPECT_EQ(500U, server.finish());
}

TEST(Run, an_open_loop_keeps_its_rate) {
  Serving server;
  const auto run = drive::run(open(server.url(), 2000, second));
  EXPECT_EQ(Ended::completed, run.ended);
  EXPECT_EQ(second, run.length);
  EXPECT_EQ(2000U, ended_as(run, Ending::answered));
}

TEST(Run, streams_of_http2_share_a_connection) {
  Serving server;
  auto plan = closed(server.url(), 2, 1000);
  plan.lanes[0].transport.protocol = plan::Protocol::h2c;
  plan.lanes[0].transport.streams = 20;
  const auto run = drive::run(plan);
  EXPECT_EQ(1000U, ended_as(run, Ending::answered));
  EXPECT_EQ(1000U, with_status(run, 200));
  EXPECT_EQ(2U, run.lanes[0].facts.opened);
  EXPECT_EQ("h2", run.lanes[0].facts.protocol);
}

TEST(Run, a_websocket_echoes) {
  Serving server;
  auto plan = closed(server.url("/", "ws"), 3, 300);
  plan.lanes[0].transport.protocol = plan::Protocol::websocket;
  const auto run = drive::run(plan);
  EXPECT_EQ(300U, ended_as(run, Ending::answered));
  EXPECT_EQ(3U, run.lanes[0].facts.opened);
}

TEST(Run, all_addresses_of_a_name_are_tried) {
  Serving server;
  Orders orders;
  auto& lane = orders.lanes.emplace_back();
  lane.prepared = prepare(closed(server.url(), 1, 1).lanes[0].targets, {});
  std::string problem;
  const auto nobody = find_place({plan::Scheme::http, "127.0.0.1", 1}, {}, problem);
  lane.places.push_back(find_place({plan::Scheme::http, "127.0.0.1", server.port()}, {}, problem).value());
  lane.places[0].addresses.insert(lane.places[0].addresses.begin(), nobody.value().addresses.front());
  orders.load.connections = 3;
  Generator generator(orders, 0);
  std::promise<void> ready;
  std::thread thread([&] { generator.run([&] { ready.set_value(); }, [] {}); });
  ready.get_future().wait();
  generator.quit();
  thread.join();
  EXPECT_EQ(3U, generator.pools()[0]->facts.opened);
  EXPECT_EQ(0U, generator.pools()[0]->facts.refused);
  EXPECT_EQ(1U, generator.pools()[0]->preferred(0)) << "where the last one got through is tried first";
}

TEST(Run, nobody_there_ends_it_at_once) {
  auto plan = closed("http://127.0.0.1:1/", 3, 300);
  const auto run = drive::run(plan);
  EXPECT_EQ(Ended::unreachable, run.ended);
  EXPECT_EQ("127.0.0.1:1: Connection refused", run.problem);
}

TEST(Run, connections_before_it_are_waited_for_as_long_as_requests_are_but_not_for_ever) {
  Orders orders;
  orders.load.timeout = 3 * second;
  EXPECT_EQ(3 * second, orders.patience());
  orders.load.timeout = 3600 * second;
  EXPECT_EQ(10 * second, orders.patience());
}

TEST(Run, a_watcher_looks_as_often_as_it_likes) {
  class Looking final : public Watcher {
   public:
    explicit Looking(Nanoseconds interval) : interval_(interval) {}
    bool look(const Look& seen) override {
      EXPECT_GE(seen.now, last);
      last = seen.now;
      ++looks;
      return true;
    }
    Nanoseconds interval() const override { return interval_; }
    /// How often at the most, however late the machine is: each interval, and once when it is over.
    Nanoseconds most() const { return last / interval_ + 1; }
    int looks = 0;
    Nanoseconds last = 0;

   private:
    Nanoseconds interval_;
  };
  Serving server;
  Looking often(50 * millisecond);
  drive::run(open(server.url(), 100, second), &often);
  EXPECT_GT(often.looks, 4) << "of twenty";
  EXPECT_LE(often.looks, often.most());
  Looking seldom(second);
  drive::run(open(server.url(), 100, second / 2), &seldom);
  EXPECT_GE(seldom.looks, 1) << "and once when it is over";
  EXPECT_LE(seldom.looks, seldom.most());
}

/// A watcher that takes its time (a terminal that stands still) does not make a run invalid: those that send went on.
TEST(Run, a_watcher_that_is_slow_is_no_pause_of_the_generator) {
  class Slow final : public Watcher {
   public:
    bool look(const Look&) override {
      const auto from = service::steady_now();
      while (service::steady_now() < from + 300 * millisecond) std::this_thread::yield();
      late += service::steady_now() - from - interval();
      return true;
    }
    Nanoseconds interval() const override { return 50 * millisecond; }
    Nanoseconds late = 0;  ///< after all its looks
  };
  Serving server;
  Slow slow;
  const auto run = drive::run(open(server.url(), 50, 2 * second), &slow);
  EXPECT_LT(run.generator.paused, slow.late / 2) << "and not the sum of all its looks";
  EXPECT_EQ(100U, ended_as(run, Ending::answered));
}

}  // namespace
}  // namespace loadtest::drive
