// What goes wrong is told as what it was, and nothing is lost.

#include <sys/resource.h>

#include "loadtest/service/clock.hpp"
#include "tests/loadtest/drive/peer.hpp"
#include "tests/loadtest/drive/scene.hpp"

namespace loadtest::drive {
namespace {

using namespace test;

std::uint64_t all(const Run& run) {
  std::uint64_t sum = 0;
  for (const auto count : run.lanes[0].series.by_ending()) sum += count;
  return sum;
}

TEST(Faults, every_request_has_an_ending) {
  service::Settings settings;
  settings.statuses = {{503, 20}, {404, 10}};
  settings.resets = 20;
  settings.truncated = 20;
  settings.close = 20;
  Serving server(settings);
  for (const auto protocol : {plan::Protocol::http1, plan::Protocol::h2c}) {
    auto plan = closed(server.url(), 4, 600);
    plan.lanes[0].transport.protocol = protocol;
    plan.lanes[0].transport.streams = 4;
    const auto run = drive::run(plan);
    EXPECT_EQ(600U, all(run));
    // A fifth each of what is drawn; a stream has no end but a reset. Connections that are reset take no one else along.
    const bool http1 = protocol == plan::Protocol::http1;
    EXPECT_NEAR(http1 ? 120 : 216, static_cast<double>(ended_as(run, Ending::reset)), 45);
    EXPECT_NEAR(http1 ? 96 : 0, static_cast<double>(ended_as(run, Ending::truncated)), http1 ? 40 : 0);
    const auto answered = ended_as(run, Ending::answered);
    EXPECT_EQ(600U, answered + ended_as(run, Ending::reset) + ended_as(run, Ending::truncated));
    EXPECT_EQ(answered, with_status(run, 200) + with_status(run, 503) + with_status(run, 404));
    EXPECT_NEAR(0.2, static_cast<double>(with_status(run, 503)) / static_cast<double>(answered), 0.08);
    EXPECT_NEAR(0.1, static_cast<double>(with_status(run, 404)) / static_cast<double>(answered), 0.06);
    EXPECT_EQ(with_status(run, 503), run.lanes[0].series.summary(Metric::server_error).count);
    EXPECT_EQ(with_status(run, 404), run.lanes[0].series.summary(Metric::client_error).count);
  }
}

TEST(Faults, what_takes_too_long_is_given_up_and_is_a_lower_bound) {
  service::Settings settings;
  settings.delay.median = 10 * second;
  Serving server(settings);
  for (const auto protocol : {plan::Protocol::http1, plan::Protocol::h2c}) {
    auto plan = open(server.url(), 50, 200 * millisecond);
    plan.lanes[0].transport.protocol = protocol;
    plan.lanes[0].transport.streams = 100;
    plan.load.timeout = 100 * millisecond;
    const auto run = drive::run(plan);
    EXPECT_EQ(10U, ended_as(run, Ending::timed_out));
    EXPECT_EQ(10U, run.lanes[0].series.summary(Metric::unfinished).count);
    EXPECT_GE(run.lanes[0].series.summary(Metric::unfinished).min, static_cast<std::uint64_t>(100 * millisecond));
    EXPECT_LT(run.lanes[0].series.summary(Metric::unfinished).max, static_cast<std::uint64_t>(250 * millisecond));
    // A stream that is given up leaves its connection to the others.
    if (protocol == plan::Protocol::h2c) {
      EXPECT_EQ(1U, run.lanes[0].facts.opened);
    }
  }
}

TEST(Faults, what_is_in_flight_at_the_end_is_told_too) {
  service::Settings settings;
  settings.delay.median = 10 * second;
  Serving server(settings);
  auto plan = open(server.url(), 50, 200 * millisecond);
  plan.load.drain = 100 * millisecond;
  const auto run = drive::run(plan);
  EXPECT_EQ(10U, ended_as(run, Ending::in_flight));
  // The last was due 180 ms after the first, and all were waited for until 300.
  EXPECT_NEAR(300e6, static_cast<double>(run.lanes[0].series.summary(Metric::unfinished).max), 80e6);
  EXPECT_NEAR(120e6, static_cast<double>(run.lanes[0].series.summary(Metric::unfinished).min), 80e6);
}

TEST(Faults, what_ends_within_the_drain_is_answered) {
  service::Settings settings;
  settings.delay.median = 300 * millisecond;
  Serving server(settings);
  const auto run = drive::run(open(server.url(), 50, 200 * millisecond));
  EXPECT_EQ(10U, ended_as(run, Ending::answered));
}

TEST(Faults, too_few_connections_make_requests_wait_and_that_counts) {
  service::Settings settings;
  settings.delay.median = 20 * millisecond;
  Serving server(settings);
  auto plan = open(server.url(), 100, 500 * millisecond);
  plan.load.most_connections = 1;
  const auto run = drive::run(plan);
  EXPECT_EQ(50U, ended_as(run, Ending::answered));
  EXPECT_EQ(1U, run.lanes[0].facts.most_open);
  EXPECT_GE(run.lanes[0].facts.waited, 45U);
  // One after the other: the last of fifty waits for 49 others, 20 ms each, and was due after 490 ms.
  EXPECT_GT(run.lanes[0].series.summary(Metric::success).max, static_cast<std::uint64_t>(400 * millisecond));
  EXPECT_LT(percentile(run, Metric::service, 50), 60 * millisecond);
}

TEST(Faults, too_few_connections_drop_requests_if_that_is_wanted) {
  service::Settings settings;
  settings.delay.median = 20 * millisecond;
  Serving server(settings);
  auto plan = open(server.url(), 100, 500 * millisecond);
  plan.load.most_connections = 1;
  plan.load.drop_on_overflow = true;
  const auto run = drive::run(plan);
  EXPECT_EQ(50U, all(run));
  EXPECT_EQ(run.generator.dropped, ended_as(run, Ending::not_sent));
  EXPECT_GT(run.generator.dropped, 20U);
  EXPECT_LT(percentile(run, Metric::success, 50), 60 * millisecond);
}

TEST(Faults, a_burst_is_no_storm_of_connections) {
  class Burst final : public Arrivals {
   public:
    std::optional<Due> next() override { return left_-- == 0 ? std::nullopt : std::optional(Due{50 * millisecond, 0, 0}); }

   private:
    int left_ = 3000;
  };
  Serving server;
  auto plan = open(server.url(), 1, second);
  plan.arrivals = [] { return std::make_unique<Burst>(); };
  const auto run = drive::run(plan);
  EXPECT_EQ(3000U, ended_as(run, Ending::answered));
  EXPECT_LE(run.lanes[0].facts.most_open, 2000U);
  EXPECT_GE(run.lanes[0].facts.most_open, 50U);
}

TEST(Faults, a_generator_that_was_frozen_tells_so_and_blames_nobody) {
  // Every ten milliseconds; behind the tenth the thread that is to send is held for a while.
  class Frozen final : public Arrivals {
   public:
    std::optional<Due> next() override {
      if (++made_ > 40) return std::nullopt;
      if (made_ == 11)
        for (const auto until = service::steady_now() + 200 * millisecond; service::steady_now() < until;) {
        }
      return Due{made_ * 10 * millisecond, 0, 0};
    }

   private:
    int made_ = 0;
  };
  Serving server;
  auto plan = open(server.url(), 1, second);
  plan.arrivals = [] { return std::make_unique<Frozen>(); };
  const auto run = drive::run(plan);
  EXPECT_EQ(40U, ended_as(run, Ending::answered));
  // Those who were due meanwhile were late by that, in their response times too; the server was not.
  EXPECT_GE(run.lanes[0].series.summary(Metric::lateness).max, static_cast<std::uint64_t>(180 * millisecond));
  EXPECT_GE(run.lanes[0].series.summary(Metric::success).max, static_cast<std::uint64_t>(180 * millisecond));
  EXPECT_GE(run.generator.threads[0].lateness_max, 180 * millisecond);
  EXPECT_LT(percentile(run, Metric::service, 90), 100 * millisecond);
  EXPECT_GE(percentile(run, Metric::success, 90), 100 * millisecond);
}

TEST(Faults, a_connection_that_was_closed_while_idle_is_no_failure) {
  Peer peer([](PeerConnection& connection) {
    if (!connection.request()) return;
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    connection.request();  // and is gone without a word
  });
  const auto run = drive::run(closed(peer.url(), 1, 20));
  EXPECT_EQ(20U, ended_as(run, Ending::answered));
  EXPECT_EQ(19U, run.lanes[0].facts.stale);
  EXPECT_EQ(20U, run.lanes[0].facts.opened);
}

TEST(Faults, what_an_answer_has_begun_to_is_not_asked_again) {
  Peer peer([](PeerConnection& connection) {
    for (int i = 0; connection.request(); ++i) {
      if (i % 2 == 1) return connection.send("HTTP/1.1 200");
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }
  });
  const auto run = drive::run(closed(peer.url(), 1, 20));
  EXPECT_EQ(10U, ended_as(run, Ending::answered));
  EXPECT_EQ(10U, ended_as(run, Ending::truncated));
  EXPECT_EQ(0U, run.lanes[0].facts.stale);
}

TEST(Faults, what_is_not_http_is_malformed) {
  Peer peer([](PeerConnection& connection) {
    if (connection.request()) connection.send("220 mail ready\r\n\r\n");
  });
  const auto run = drive::run(closed(peer.url(), 1, 5));
  EXPECT_EQ(5U, ended_as(run, Ending::malformed));
}

TEST(Faults, bodies_are_looked_at) {
  service::Settings settings;
  settings.size = 64;
  Serving server(settings);
  auto plan = closed(server.url(), 1, 10);
  plan.lanes[0].expect.bytes = 64;
  EXPECT_EQ(10U, ended_as(drive::run(plan), Ending::answered));
  plan.lanes[0].expect.bytes = 63;
  EXPECT_EQ(10U, ended_as(drive::run(plan), Ending::unexpected_body));
}

TEST(Faults, a_server_that_goes_away_over_http2_loses_nothing_that_it_has_taken) {
  service::Settings settings;
  settings.delay.median = 20 * millisecond;
  Serving server(settings);
  auto plan = open(server.url(), 400, 500 * millisecond);
  plan.lanes[0].transport.protocol = plan::Protocol::h2c;
  plan.lanes[0].transport.streams = 50;
  Stopwatch after(200 * millisecond, [&] { server.on_thread([](service::Service& service) { service.drain(); }); });
  const auto run = drive::run(plan, &after);
  EXPECT_EQ(200U, all(run));
  EXPECT_EQ(0U, ended_as(run, Ending::truncated));
  EXPECT_EQ(0U, ended_as(run, Ending::reset));
  EXPECT_GT(ended_as(run, Ending::answered), 60U);
  EXPECT_GT(ended_as(run, Ending::no_connection), 60U) << "nobody listens any more";
}

TEST(Faults, a_refused_lane_is_said_before_anything_is_asked) {
  Serving server;
  auto plan = closed(server.url(), 2, 100);
  plan.lanes.push_back(closed("http://127.0.0.1:1/", 2, 100).lanes[0]);
  const auto run = drive::run(plan);
  EXPECT_EQ(Ended::unreachable, run.ended);
  EXPECT_EQ("127.0.0.1:1: Connection refused", run.problem);
  EXPECT_EQ(0U, server.finish());
}

TEST(Faults, who_does_not_accept_is_not_waited_for_beyond_the_time_out) {
  const Deaf server;
  auto plan = open(server.url, 20, 500 * millisecond);
  plan.load.timeout = 200 * millisecond;
  const auto run = drive::run(plan);
  EXPECT_EQ(10U, all(run));
  // Two connections are the kernel's; on them nobody answers. Others are never made.
  EXPECT_EQ(2U, run.lanes[0].facts.opened);
  EXPECT_EQ(2U, ended_as(run, Ending::timed_out));
  EXPECT_EQ(8U, ended_as(run, Ending::no_connection));
  EXPECT_GE(run.lanes[0].facts.refused, 4U) << "attempts are given up too";
}

TEST(Faults, who_does_not_accept_is_not_waited_for_before_the_run_either) {
  const Deaf server;
  auto plan = open(server.url, 20, 100 * millisecond);
  plan.load.connections = 4;
  plan.load.timeout = 200 * millisecond;
  const auto began = service::steady_now();
  const auto run = drive::run(plan);
  EXPECT_LT(service::steady_now() - began, 5 * second);
  EXPECT_EQ(Ended::completed, run.ended) << "two were made";
  EXPECT_EQ(2U, all(run));
}

TEST(Faults, users_of_a_server_that_is_gone_come_back_at_leisure) {
  Serving server;
  auto plan = closed(server.url(), 4, 0);
  plan.load.requests.reset();
  plan.load.duration = 600 * millisecond;
  plan.lanes[0].transport.most_requests = 5;
  Stopwatch after(200 * millisecond, [&] { server.on_thread([](service::Service& service) { service.drain(); }); });
  const auto run = drive::run(plan, &after);
  EXPECT_GT(ended_as(run, Ending::answered), 100U);
  EXPECT_GE(ended_as(run, Ending::no_connection), 40U);
  EXPECT_LE(ended_as(run, Ending::no_connection), 4U * 45) << "each ten milliseconds later";
}

TEST(Faults, a_name_that_does_not_exist_is_said) {
  const auto run = drive::run(closed("http://no-such-name.invalid/", 1, 1));
  EXPECT_EQ(Ended::unreachable, run.ended);
  EXPECT_NE(std::string::npos, run.problem.find("no-such-name.invalid")) << run.problem;
}

TEST(Faults, without_descriptors_requests_are_not_sent_and_that_is_said) {
  service::Settings settings;
  settings.delay.median = 200 * millisecond;
  Serving server(settings);
  auto plan = open(server.url(), 100, 500 * millisecond);
  plan.load.drain = 500 * millisecond;
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit few = before;
  few.rlim_cur = static_cast<rlim_t>(::dup(0)) + 24;  // both ends of a connection are ours
  ::setrlimit(RLIMIT_NOFILE, &few);
  const auto run = drive::run(plan);
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(50U, all(run));
  EXPECT_GT(ended_as(run, Ending::not_sent), 0U);
  EXPECT_EQ(ended_as(run, Ending::not_sent), run.generator.no_descriptors);
}

TEST(Faults, whoever_stops_a_run_gets_what_there_is) {
  service::Settings settings;
  settings.delay.median = 50 * millisecond;
  Serving server(settings);
  auto plan = closed(server.url(), 4, 0);
  plan.load.requests.reset();
  plan.load.duration = 60 * second;
  std::stop_source stop;
  Stopwatch after(300 * millisecond, [&] { stop.request_stop(); });
  const auto run = drive::run(plan, &after, stop.get_token());
  EXPECT_EQ(Ended::stopped, run.ended);
  EXPECT_GT(ended_as(run, Ending::answered), 4U);
  EXPECT_EQ(4U, ended_as(run, Ending::in_flight));
  EXPECT_LT(run.length, 2 * second);
}

TEST(Faults, what_was_due_before_a_run_was_stopped_counts) {
  // One each millisecond; behind the tenth the thread that is to send is held until long after it was to stop.
  class Frozen final : public Arrivals {
   public:
    std::optional<Due> next() override {
      if (++made_ == 11)
        for (const auto until = service::steady_now() + 500 * millisecond; service::steady_now() < until;) {
        }
      return Due{made_ * millisecond, 0, 0};
    }

   private:
    int made_ = 0;
  };
  Serving server;
  auto plan = open(server.url(), 1, second);
  plan.arrivals = [] { return std::make_unique<Frozen>(); };
  std::stop_source stop;
  Stopwatch after(100 * millisecond, [&] { stop.request_stop(); });
  const auto run = drive::run(plan, &after, stop.get_token());
  EXPECT_EQ(Ended::stopped, run.ended);
  EXPECT_GE(run.lanes[0].series.started(), 400U) << "half a second's";
  EXPECT_EQ(run.lanes[0].series.started(), all(run));
}

TEST(Faults, a_watcher_may_end_a_run) {
  class Impatient final : public Watcher {
   public:
    bool look(const Look& seen) override {
      looked = seen;
      return false;
    }
    bool wants_series() const override { return true; }
    Look looked;
  };
  Serving server;
  auto plan = open(server.url(), 200, 60 * second);
  Impatient watcher;
  const auto run = drive::run(plan, &watcher);
  EXPECT_EQ(Ended::failed_early, run.ended);
  ASSERT_EQ(1U, watcher.looked.glances.size());
  EXPECT_NEAR(200, static_cast<double>(watcher.looked.glances[0].ended), 60);
  EXPECT_NEAR(200, static_cast<double>(watcher.looked.series[0].ended()), 60);
  EXPECT_GE(watcher.looked.connections, 1U);
}

}  // namespace
}  // namespace loadtest::drive
