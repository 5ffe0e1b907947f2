// The ways that requests travel.

#include "tests/loadtest/drive/fake_dialer.hpp"
#include "tests/loadtest/drive/peer.hpp"
#include "tests/loadtest/drive/scene.hpp"
#include "tests/loadtest/drive/secure.hpp"

namespace loadtest::drive {
namespace {

using namespace test;

TEST(Transports, a_connection_for_each_request) {
  Serving server;
  auto plan = closed(server.url(), 4, 100);
  plan.lanes[0].transport.keep_alive = false;
  const auto run = drive::run(plan);
  EXPECT_EQ(100U, ended_as(run, Ending::answered));
  EXPECT_EQ(101U, run.lanes[0].facts.opened) << "and one to see whether anybody is there";
  EXPECT_EQ(100U, run.lanes[0].series.summary(Metric::connect).count);
}

TEST(Transports, a_connection_for_so_many_requests) {
  Serving server;
  for (const auto protocol : {plan::Protocol::http1, plan::Protocol::h2c}) {
    auto plan = closed(server.url(), 1, 100);
    plan.lanes[0].transport.protocol = protocol;
    plan.lanes[0].transport.streams = 3;
    plan.lanes[0].transport.most_requests = 10;
    const auto run = drive::run(plan);
    EXPECT_EQ(100U, ended_as(run, Ending::answered));
    EXPECT_GE(run.lanes[0].facts.opened, 10U);
    EXPECT_LE(run.lanes[0].facts.opened, 11U);
  }
}

TEST(Transports, a_unix_socket) {
  const ScratchFile socket("serve.sock");
  service::Settings settings;
  settings.unix_socket = socket.path();
  Serving server(settings);
  auto plan = closed("http://whatever.example/", 2, 50);
  plan.lanes[0].transport.unix_socket = socket.path();
  EXPECT_EQ(50U, ended_as(drive::run(plan), Ending::answered));
}

TEST(Transports, a_name_that_goes_elsewhere) {
  Serving server;
  auto plan = closed("http://elsewhere.invalid:" + std::to_string(server.port()) + "/", 2, 50);
  plan.lanes[0].transport.overrides = {{"elsewhere.invalid", server.port(), "127.0.0.1"}};
  EXPECT_EQ(50U, ended_as(drive::run(plan), Ending::answered));
}

TEST(Transports, ports_inside_containers_are_reached_through_the_dialer) {
  Serving server;
  const ScratchFile socket("dialer.sock");
  const FakeDialer dialer(socket.path());
  const std::string id(64, 'a');
  auto plan = closed("http://whatever.example/", 2, 50);
  plan.lanes[0].transport.container = "netns:" + id + "@1:" + std::to_string(server.port());
  plan.lanes[0].transport.dialer = socket.path();
  auto run = drive::run(plan);
  EXPECT_EQ(50U, ended_as(run, Ending::answered));
  EXPECT_EQ(2U, run.lanes[0].facts.opened);
  plan.lanes[0].transport.keep_alive = false;
  run = drive::run(plan);
  EXPECT_EQ(50U, ended_as(run, Ending::answered));
  EXPECT_EQ(50U, run.lanes[0].series.summary(Metric::connect).count);
}

TEST(Transports, a_dialer_that_is_not_there_is_said) {
  auto plan = closed("http://whatever.example/", 2, 50);
  plan.lanes[0].transport.container = "netns:" + std::string(64, 'a') + "@1:80";
  plan.lanes[0].transport.dialer = "/no/such/socket";
  const auto run = drive::run(plan);
  EXPECT_EQ(Ended::unreachable, run.ended);
  EXPECT_NE(std::string::npos, run.problem.find("netns:")) << run.problem;
}

TEST(Transports, tls_is_verified_and_resumed) {
  Secure server("IP:127.0.0.1");
  auto plan = closed(server.serving.url("/", "https"), 1, 40);
  plan.lanes[0].transport.most_requests = 10;
  const auto run = drive::run(plan);
  EXPECT_EQ(40U, ended_as(run, Ending::answered));
  EXPECT_EQ("TLSv1.3", run.lanes[0].facts.tls);
  EXPECT_EQ("http/1.1", run.lanes[0].facts.protocol);
  EXPECT_EQ(run.lanes[0].facts.opened, run.lanes[0].facts.handshakes);
  EXPECT_EQ(4U, run.lanes[0].facts.handshakes);
  EXPECT_EQ(3U, run.lanes[0].facts.resumed);
}

TEST(Transports, a_certificate_of_another_is_refused) {
  Secure server("DNS:another.example");
  auto plan = closed(server.serving.url("/", "https"), 2, 40);
  const auto run = drive::run(plan);
  EXPECT_EQ(Ended::unreachable, run.ended);
  EXPECT_NE(std::string::npos, run.problem.find("TLS handshake failed: ")) << run.problem;
  EXPECT_NE(std::string::npos, run.problem.find("mismatch")) << run.problem;
  plan.lanes[0].transport.verify = false;
  EXPECT_EQ(40U, ended_as(drive::run(plan), Ending::answered));
}

TEST(Transports, a_certificate_that_nobody_vouches_for_is_refused) {
  Secure server("IP:127.0.0.1");
  ::unsetenv("SSL_CERT_FILE");
  const auto run = drive::run(closed(server.serving.url("/", "https"), 2, 40));
  EXPECT_EQ(Ended::unreachable, run.ended);
  EXPECT_NE(std::string::npos, run.problem.find("self-signed certificate")) << run.problem;
}

TEST(Transports, alpn_chooses) {
  Secure server("IP:127.0.0.1");
  auto plan = closed(server.serving.url("/", "https"), 2, 40);
  for (const auto& [protocol, spoken] :
       {std::pair{plan::Protocol::negotiated, "h2"}, {plan::Protocol::http2, "h2"}, {plan::Protocol::http1, "http/1.1"}}) {
    plan.lanes[0].transport.protocol = protocol;
    const auto run = drive::run(plan);
    EXPECT_EQ(40U, ended_as(run, Ending::answered));
    EXPECT_EQ(spoken, run.lanes[0].facts.protocol);
  }
}

TEST(Transports, a_server_that_does_not_speak_tls_is_no_server) {
  Serving server;
  const auto run = drive::run(closed(server.url("/", "https"), 1, 10));
  EXPECT_EQ(Ended::unreachable, run.ended);
  EXPECT_NE(std::string::npos, run.problem.find("TLS")) << run.problem;
}

TEST(Transports, bodies_of_any_size_arrive) {
  Serving server;
  for (const auto protocol : {plan::Protocol::http1, plan::Protocol::h2c})
    for (const std::size_t size : {0UL, 10UL, 3'000'000UL}) {
      auto plan = closed(server.url("/?size=3000000"), 2, 6);
      plan.lanes[0].targets[0].method = "POST";
      plan.lanes[0].targets[0].body = std::make_shared<const std::string>(size, 'b');
      plan.lanes[0].transport.protocol = protocol;
      plan.lanes[0].expect.bytes = 3'000'000;
      const auto run = drive::run(plan);
      EXPECT_EQ(6U, ended_as(run, Ending::answered)) << size;
      EXPECT_GE(run.lanes[0].series.bytes_out(), 6 * size);
      EXPECT_GE(run.lanes[0].series.bytes_in(), 18'000'000U);
    }
}

TEST(Transports, events_are_told_one_by_one) {
  service::Settings settings;
  settings.delay.median = 5 * millisecond;
  settings.events = 5;
  settings.event_interval = 20 * millisecond;
  Serving server(settings);
  for (const auto threads : {1U, 2U}) {
    auto plan = closed(server.url(), 4, 20);
    plan.load.threads = threads;
    plan.lanes[0].transport.protocol = plan::Protocol::events;
    const auto run = drive::run(plan);
    EXPECT_EQ(20U, ended_as(run, Ending::answered));
    const auto first = run.lanes[0].series.summary(Metric::first_event);
    const auto gap = run.lanes[0].series.summary(Metric::gap);
    EXPECT_EQ(20U, first.count);
    EXPECT_EQ(80U, gap.count);
    EXPECT_GE(first.min, static_cast<std::uint64_t>(5 * millisecond));
    EXPECT_NEAR(20e6, static_cast<double>(percentile(run, Metric::gap, 50)), 6e6);
    EXPECT_GE(percentile(run, Metric::success, 50), 85 * millisecond);
  }
}

TEST(Transports, a_stream_of_events_may_take_longer_than_the_time_out) {
  service::Settings settings;
  settings.events = 20;
  settings.event_interval = 20 * millisecond;
  Serving server(settings);
  auto plan = closed(server.url(), 3, 3);
  plan.lanes[0].transport.protocol = plan::Protocol::events;
  plan.load.timeout = 100 * millisecond;
  const auto run = drive::run(plan);
  EXPECT_EQ(3U, ended_as(run, Ending::answered));
}

TEST(Transports, websockets_have_a_rate_of_their_own) {
  service::Settings settings;
  settings.delay.median = 10 * millisecond;
  Serving server(settings);
  auto plan = closed(server.url("/", "ws"), 4, 0);
  plan.load.requests.reset();
  plan.load.duration = second;
  plan.lanes[0].transport.protocol = plan::Protocol::websocket;
  plan.lanes[0].transport.websocket_rate = 25;
  const auto run = drive::run(plan);
  EXPECT_EQ(100U, ended_as(run, Ending::answered));
  EXPECT_EQ(4U, run.lanes[0].facts.opened);
  EXPECT_GE(percentile(run, Metric::success, 1), 10 * millisecond);
  // Each socket hears an echo every 40 ms.
  EXPECT_NEAR(40e6, static_cast<double>(percentile(run, Metric::gap, 50)), 8e6);
}

TEST(Transports, a_server_that_takes_no_websockets_is_said) {
  Peer peer([](PeerConnection& connection) {
    if (connection.request()) connection.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  });
  auto plan = closed(peer.url(), 1, 5);
  plan.lanes[0].transport.protocol = plan::Protocol::websocket;
  const auto run = drive::run(plan);
  EXPECT_EQ(Ended::unreachable, run.ended);
  EXPECT_NE(std::string::npos, run.problem.find("WebSocket")) << run.problem;
}

TEST(Transports, threads_share_one_schedule) {
  Serving server;
  auto plan = open(server.url(), 1000, second);
  plan.load.threads = 2;
  auto run = drive::run(plan);
  EXPECT_EQ(1000U, ended_as(run, Ending::answered));
  EXPECT_EQ(2U, run.generator.threads.size());
  plan = closed(server.url(), 5, 1000);
  plan.load.threads = 2;
  run = drive::run(plan);
  EXPECT_EQ(1000U, ended_as(run, Ending::answered));
  EXPECT_EQ(5U, run.lanes[0].facts.opened);
}

TEST(Transports, lanes_share_one_schedule_and_nothing_else) {
  service::Settings slow;
  slow.delay.median = 10 * millisecond;
  Serving one;
  Serving other(slow);
  for (const bool open_loop : {false, true}) {
    auto plan = open_loop ? open(one.url(), 400, second) : closed(one.url(), 4, 400);
    plan.lanes.push_back(closed(other.url(), 1, 1).lanes[0]);
    const auto run = drive::run(plan);
    // In a closed loop each user takes turns, and some are in the middle of theirs when the last request is made.
    EXPECT_NEAR(200, static_cast<double>(ended_as(run, Ending::answered, 0)), open_loop ? 0 : 4);
    EXPECT_EQ(400U, ended_as(run, Ending::answered, 0) + ended_as(run, Ending::answered, 1));
    EXPECT_LT(percentile(run, Metric::service, 50, 0), 8 * millisecond);
    EXPECT_GE(percentile(run, Metric::service, 1, 1), 10 * millisecond);
  }
}

TEST(Transports, targets_are_asked_in_turn) {
  Serving server;
  auto plan = closed(server.url("/?status=404"), 2, 90);
  plan.lanes[0].targets.push_back(plan::parse_url(server.url("/?status=500")).value.value());
  plan.lanes[0].targets.push_back(plan::parse_url(server.url("/")).value.value());
  plan.load.threads = 2;
  const auto run = drive::run(plan);
  EXPECT_NEAR(30, static_cast<double>(with_status(run, 404)), 3);
  EXPECT_NEAR(30, static_cast<double>(with_status(run, 500)), 3);
  EXPECT_EQ(90U, ended_as(run, Ending::answered));
}

TEST(Transports, warm_up_does_not_count) {
  Serving server;
  auto plan = closed(server.url(), 2, 0);
  plan.load.requests.reset();
  plan.load.duration = 300 * millisecond;
  plan.load.warm_up = plan::WarmUp::fixed;
  plan.load.warm_up_for = 500 * millisecond;
  const auto run = drive::run(plan);
  EXPECT_EQ(300 * millisecond, run.length);
  std::uint64_t warm = 0;
  for (const auto& window : run.lanes[0].series.warm_up) warm += window.started;
  EXPECT_GT(warm, 100U);
  EXPECT_GT(run.lanes[0].series.started(), 50U);
  EXPECT_EQ(0U, run.lanes[0].series.windows[0].started);
}

}  // namespace
}  // namespace loadtest::drive
