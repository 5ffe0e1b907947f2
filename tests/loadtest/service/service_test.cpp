// The server over real sockets, with the gateway's own clients.

#include "loadtest/service/service.hpp"

#include "gateway/http/client.hpp"
#include "gateway/net/connect.hpp"
#include "loadtest/service/alarm.hpp"
#include "tests/gateway/net/loop.hpp"

namespace loadtest::service {
namespace {

namespace http = gw::http;
namespace net = gw::net;
using net::test::Loop;

constexpr Nanoseconds millisecond = 1'000'000;

/// A server and its client on one loop.
struct Scene {
  explicit Scene(const Settings& settings) : service(loop.worker, settings) { EXPECT_EQ("", service.problem()); }

  net::Result<http::Answer> ask(const std::string& path = "/", const std::string& query = "") {
    auto call = [&]() -> net::Task<net::Result<http::Answer>> {
      const net::Address address = net::TcpAddress{"127.0.0.1", service.port()};
      auto stream = co_await net::connect(loop.worker, address, net::Duration{2000});
      if (!stream) co_return stream.error();
      const auto connection = http::h1_client(std::move(*stream));
      http::RequestHead head;
      head.method = "GET";
      head.authority = "a.test";
      head.path = path;
      head.query = query;
      co_return co_await http::fetch(*connection, std::move(head), "");
    };
    const auto before = steady_now();
    auto answer = loop.run(call());
    took = steady_now() - before;
    return answer;
  }

  Loop loop;
  Service service;
  Nanoseconds took = 0;
};

/// A number of Server-Timing.
double timing(const http::Answer& answer, std::string_view name) {
  const auto field = answer.head.fields.find("server-timing").value_or("");
  const auto at = field.find(std::string(name) + ";dur=");
  EXPECT_NE(std::string_view::npos, at) << field;
  return std::atof(std::string(field.substr(at + name.size() + 5)).c_str());
}

TEST(Service, answers_after_its_delay_and_says_how_long_that_was) {
  Settings settings;
  settings.delay.median = 30 * millisecond;
  settings.size = 77;
  Scene scene(settings);
  auto answer = scene.ask();
  ASSERT_TRUE(answer);
  EXPECT_EQ(200, answer->head.status);
  EXPECT_EQ(77U, answer->body.size());
  EXPECT_GE(scene.took, 30 * millisecond);
  EXPECT_LT(scene.took, 45 * millisecond);
  EXPECT_GE(timing(*answer, "app"), 30.0);
  EXPECT_LE(timing(*answer, "app"), static_cast<double>(scene.took) / 1e6);
  EXPECT_EQ(0.0, timing(*answer, "gap"));
  answer = scene.ask();
  ASSERT_TRUE(answer);
  EXPECT_GE(timing(*answer, "gap"), 30.0);
  EXPECT_EQ(2U, scene.service.answered());
}

TEST(Service, short_delays_are_exact) {
  Settings settings;
  settings.delay.median = 700'000;
  Scene scene(settings);
  double best = 1e9;
  for (int i = 0; i != 20; ++i) {
    const auto answer = scene.ask();
    ASSERT_TRUE(answer);
    EXPECT_GE(timing(*answer, "app"), 0.7);
    best = std::min(best, timing(*answer, "app"));
  }
  EXPECT_LT(best, 1.0) << "no wheel of 100 ms";
}

TEST(Service, a_query_changes_one_request) {
  Scene scene({});
  auto answer = scene.ask("/", "?status=404&size=5&delay=20ms");
  ASSERT_TRUE(answer);
  EXPECT_EQ(404, answer->head.status);
  EXPECT_EQ(5U, answer->body.size());
  EXPECT_GE(timing(*answer, "app"), 20.0);
  answer = scene.ask();
  ASSERT_TRUE(answer);
  EXPECT_EQ(200, answer->head.status);
  EXPECT_EQ(1024U, answer->body.size());
}

TEST(Service, a_stall_holds_who_comes_in_it_until_its_end) {
  Settings settings;
  settings.stalls = {{100 * millisecond, 150 * millisecond}};
  Scene scene(settings);
  const auto began = steady_now();
  ASSERT_TRUE(scene.ask());
  EXPECT_LT(scene.took, 50 * millisecond);
  scene.loop.until([&] { return steady_now() > began + 110 * millisecond; });
  ASSERT_TRUE(scene.ask());
  EXPECT_GE(steady_now() - began, 250 * millisecond);
  EXPECT_LT(steady_now() - began, 300 * millisecond);
  ASSERT_TRUE(scene.ask());
  EXPECT_LT(scene.took, 50 * millisecond);
}

TEST(Service, a_slow_body_takes_its_time) {
  Settings settings;
  settings.size = 3 << 20;
  settings.body_takes = 100 * millisecond;
  Scene scene(settings);
  const auto answer = scene.ask();
  ASSERT_TRUE(answer);
  EXPECT_EQ(std::size_t{3} << 20, answer->body.size());
  EXPECT_GE(scene.took, 80 * millisecond);
  EXPECT_LT(timing(*answer, "app"), 20.0) << "its head did not wait";
}

TEST(Service, what_is_broken_is_broken) {
  Settings settings;
  settings.truncated = 100;
  {
    Scene scene(settings);
    const auto answer = scene.ask();
    ASSERT_FALSE(answer);
    EXPECT_EQ(net::Code::truncated, answer.error().code);
  }
  settings.truncated = 0;
  settings.resets = 100;
  Scene scene(settings);
  const auto answer = scene.ask();
  ASSERT_FALSE(answer);
  EXPECT_EQ(net::Code::reset, answer.error().code);
}

TEST(Service, says_why_it_does_not_serve) {
  Loop loop;
  Settings settings;
  settings.host = "192.0.2.1";
  EXPECT_NE("", Service(loop.worker, settings).problem());
  settings.host = "127.0.0.1";
  settings.delays_file = "/no/such/folder/list";
  EXPECT_NE(std::string::npos, Service(loop.worker, settings).problem().find("/no/such/folder/list"));
  settings.delays_file.clear();
  settings.certificate = "/no/such/certificate";
  settings.private_key = "/no/such/key";
  EXPECT_NE("", Service(loop.worker, settings).problem());
}

TEST(Service, may_end_while_it_holds_somebody) {
  Settings settings;
  settings.delay.median = 3'600'000 * millisecond;
  Loop loop;
  auto service = std::make_unique<Service>(loop.worker, settings);
  bool over = false;
  auto call = [&]() -> net::Task<> {
    const net::Address address = net::TcpAddress{"127.0.0.1", service->port()};
    auto stream = co_await net::connect(loop.worker, address, net::Duration{2000});
    const net::Stream::Pieces pieces{std::string_view("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), {}, {}};
    co_await (*stream)->write(pieces);
    co_await (*stream)->more();
    over = true;
  };
  loop.worker.spawn(call());
  loop.settle();
  EXPECT_FALSE(over);
  service.reset();
  EXPECT_TRUE(loop.until([&] { return over; })) << "its client is told";
}

TEST(Alarm, rings_in_order_and_never_early) {
  Loop loop;
  Alarm alarm(loop.worker);
  std::string order;
  const auto began = steady_now();
  const auto wait = [&](char name, Nanoseconds in) -> net::Task<> {
    co_await alarm.until(began + in);
    if (name != 'z') {
      EXPECT_GE(steady_now(), began + in);
    }
    order += name;
  };
  // Who waits for longest asks first: the timer must be told of the others.
  loop.worker.spawn(wait('z', 3'600'000 * millisecond));
  loop.worker.spawn(wait('c', 30 * millisecond));
  loop.worker.spawn(wait('a', 10 * millisecond));
  loop.worker.spawn(wait('b', 20 * millisecond));
  loop.worker.spawn(wait('d', 30 * millisecond));
  loop.worker.spawn(wait('0', -millisecond));
  EXPECT_TRUE(loop.until([&] { return order.size() == 5; }));
  EXPECT_EQ("0abcd", order);
  alarm.stop();
}

TEST(Alarm, nobody_waits_when_it_has_stopped) {
  Loop loop;
  Alarm alarm(loop.worker);
  int rung = 0;
  const auto wait = [&]() -> net::Task<> {
    co_await alarm.until(steady_now() + 3'600'000 * millisecond);
    ++rung;
  };
  loop.worker.spawn(wait());
  loop.settle();
  EXPECT_EQ(0, rung);
  alarm.stop();
  EXPECT_EQ(1, rung);
  loop.worker.spawn(wait());
  loop.settle();
  EXPECT_EQ(2, rung);
}

}  // namespace
}  // namespace loadtest::service
