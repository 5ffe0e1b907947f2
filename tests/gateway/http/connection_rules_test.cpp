// Rules that a served connection keeps, over real sockets.

#include <gtest/gtest.h>

#include "tests/gateway/http/connection_scene.hpp"
#include "tests/gateway/net/authority.hpp"

namespace gw::http::test {
namespace {

const std::string get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

TEST(Rule19, a_client_that_says_nothing_is_left_in_silence) {
  ServerSettings settings;
  settings.header = Duration(100);
  Scene scene(settings);
  ASSERT_TRUE(scene.over());
  EXPECT_EQ("", scene.got());
  EXPECT_TRUE(scene.handler.refused.empty());
}

TEST(Rule19, a_head_that_does_not_end_is_answered_with_408) {
  ServerSettings settings;
  settings.header = Duration(200);
  Scene scene(settings);
  scene.send("GET / HT");
  ASSERT_TRUE(scene.over());
  EXPECT_EQ(1U, scene.count("HTTP/1.1 408"));
  ASSERT_EQ(1U, scene.handler.refused.size());
  EXPECT_EQ(Code::header_timeout, scene.handler.refused[0].code);
}

TEST(Rule19, the_time_for_a_head_is_absolute) {
  ServerSettings settings;
  settings.header = Duration(300);
  Scene scene(settings);
  scene.peer.send("GET / HTTP/1.1\r\nA: ");
  const auto began = net::Clock::now();
  // A byte now and then buys no time (rule 67).
  auto next = began;
  ASSERT_TRUE(scene.loop.until([&] {
    if (net::Clock::now() >= next) {
      scene.peer.send("a");
      next += Duration(40);
    }
    scene.peer.pull();
    return scene.peer.over() || scene.count("408") != 0;
  }));
  EXPECT_LE(net::Clock::now() - began, Duration(1'500));
}

TEST(Rule43, an_early_answer_to_a_large_body_can_still_be_read) {
  Scene scene({}, true);
  scene.handler.script = [](ClientSide& client, RequestHead&) -> Task<> {
    const auto head = response(413, BodySize::of(3));
    const std::string body = "no!";
    (void)co_await client.write_head(head, {body, true, nullptr});
  };
  scene.peer.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n" + std::string(1000, 'x'));
  std::size_t sent = 0;
  // The client goes on sending before it looks.
  ASSERT_TRUE(scene.loop.until([&] { return (sent += scene.peer.send(std::string(50'000, 'x'))) > 5'000'000; }));
  ASSERT_TRUE(scene.loop.until([&] { return scene.peer.pull(), scene.peer.over(); }));
  EXPECT_TRUE(scene.peer.ended) << "a reset would have taken the answer away";
  EXPECT_NE(std::string::npos, scene.got().find("no!"));
}

TEST(Rule37, a_body_that_nobody_read_is_drained_up_to_64_kib_only) {
  Scene scene({}, true);
  scene.handler.script = [](ClientSide& client, RequestHead&) -> Task<> {
    const auto head = response(404, BodySize::of(0));
    (void)co_await client.write_head(head, {{}, true, nullptr});
  };
  const std::string all = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n" + std::string(300'000, 'x') + get;
  std::size_t sent = 0;
  ASSERT_TRUE(scene.loop.until([&] { return (sent += scene.peer.send(std::string_view(all).substr(sent))) == all.size(); }));
  ASSERT_TRUE(scene.over());
  EXPECT_EQ(1, scene.handler.handled);
}

TEST(Rule37, a_client_that_waits_for_100_and_got_an_answer_is_not_waited_for) {
  Scene scene;
  scene.handler.script = [](ClientSide& client, RequestHead& request) -> Task<> {
    EXPECT_TRUE(request.expects_continue);
    const auto head = response(401, BodySize::of(0));
    (void)co_await client.write_head(head, {{}, true, nullptr});
  };
  scene.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_TRUE(scene.over());
  EXPECT_EQ(1U, scene.count("HTTP/1.1 401"));
}

TEST(Rule43, a_refusal_reaches_a_client_that_goes_on_sending) {
  // Closing with bytes unread would be a reset, which takes the answer away (RFC 9112 §9.6).
  ServerSettings settings;
  settings.header = Duration(100);
  for (const char* begin : {"GET / HTTP/1.1\r\nA : b\r\n", "GET / HTTP/1.1\r\nHost: h\r\nX: "}) {
    Scene scene(settings, true);
    scene.peer.send(begin);
    ASSERT_TRUE(scene.loop.until([&] { return !scene.handler.refused.empty(); }));
    std::size_t sent = 0;
    ASSERT_TRUE(scene.loop.until([&] { return (sent += scene.peer.send(std::string(50'000, 'x'))) > 1'000'000; }));
    ASSERT_TRUE(scene.over());
    EXPECT_TRUE(scene.peer.ended) << begin;
    EXPECT_TRUE(scene.got().starts_with("HTTP/1.1 40")) << begin;
  }
}

TEST(ServerConnection, a_handshake_that_does_not_end_runs_into_the_timeout) {
  ServerSettings settings;
  settings.handshake = Duration(100);
  net::test::Authority authority;
  std::vector<std::string> problems;
  const auto tls = net::TlsContext::load({authority.issue("a", "DNS:a.test")}, problems);
  ASSERT_TRUE(tls);
  Scene scene(settings, false, tls);
  scene.send("\x16\x03\x01");
  ASSERT_TRUE(scene.over());
  EXPECT_EQ(0, scene.handler.handled);
}

}  // namespace
}  // namespace gw::http::test
