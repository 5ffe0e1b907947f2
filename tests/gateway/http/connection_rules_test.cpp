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

// Answers at once, whatever was sent.
Task<> answer_early(ClientSide& client, RequestHead&) {
  const auto head = response(401, BodySize::of(3));
  const std::string body = "no!";
  (void)co_await client.write_head(head, {body, true, nullptr});
}

TEST(Rule37, an_early_answer_says_when_the_rest_will_not_be_read) {
  const auto says_close = [](const std::string& fields, const std::string& body) {
    Scene scene;
    scene.handler.script = answer_early;
    scene.send("POST / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n" + body);
    EXPECT_TRUE(scene.answered("no!"));
    return scene.count("connection: close") == 1;
  };
  EXPECT_TRUE(says_close("Content-Length: 70000\r\n", "x"));
  EXPECT_FALSE(says_close("Content-Length: 60000\r\n", "x"));
  EXPECT_FALSE(says_close("Transfer-Encoding: chunked\r\n", "1\r\nx\r\n")) << "nobody knows how much is to come";
  EXPECT_TRUE(says_close("Content-Length: 5\r\nExpect: 100-continue\r\n", "")) << "it will not come";
  EXPECT_FALSE(says_close("Content-Length: 5\r\n", "hello"));
}

TEST(Rule37, the_rest_of_a_small_body_is_dropped_after_our_100_too) {
  Scene scene;
  scene.handler.script = [](ClientSide& client, RequestHead& request) -> Task<> {
    const auto go_on = response(100);
    (void)co_await client.write_head(go_on, {});
    co_await answer_early(client, request);
  };
  scene.send("PUT /e HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_TRUE(scene.answered("no!"));
  scene.handler.script = echo;
  scene.send("hello" + get);
  EXPECT_TRUE(scene.answered("GET /a "));
}

TEST(Rule37, a_chunked_body_that_nobody_reads_is_drained_up_to_64_kib_only) {
  Scene scene({}, true);
  scene.handler.script = answer_early;
  std::string all = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i != 40; ++i) all += "2000\r\n" + std::string(0x2000, 'x') + "\r\n";
  all += "0\r\n\r\n" + get;
  std::size_t sent = 0;
  ASSERT_TRUE(scene.loop.until([&] { return (sent += scene.peer.send(std::string_view(all).substr(sent))) == all.size(); }));
  ASSERT_TRUE(scene.over());
  EXPECT_TRUE(scene.peer.ended) << "in order, so that the answer can be read";
  EXPECT_EQ(1, scene.handler.handled);
  EXPECT_EQ(1U, scene.count("no!"));
}

TEST(Rule43, what_is_wrong_with_a_body_can_be_read_by_a_client_that_goes_on_sending) {
  // A chunk that breaks the rules, and a body that stood still too long.
  ServerSettings settings;
  settings.body = Duration(100);
  for (const char* body : {"zz\r\n", "5\r\nhel"}) {
    Scene scene(settings, true);
    bool answered = false;
    scene.handler.script = [&](ClientSide& client, RequestHead& request) -> Task<> {
      EXPECT_FALSE(co_await read_whole(client, request));
      co_await answer_early(client, request);
      answered = true;
    };
    scene.peer.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(body));
    ASSERT_TRUE(scene.loop.until([&] { return answered; }));
    std::size_t sent = 0;
    ASSERT_TRUE(scene.loop.until([&] { return (sent += scene.peer.send(std::string(50'000, 'x'))) > 1'000'000; })) << body;
    ASSERT_TRUE(scene.over());
    EXPECT_TRUE(scene.peer.ended) << body;
    EXPECT_NE(std::string::npos, scene.got().find("no!")) << body;
    EXPECT_EQ(1U, scene.count("connection: close")) << body;
  }
}

TEST(Rule43, lingering_ends) {
  const auto lingered = [](const ServerSettings& settings, Duration pause) {
    Scene scene(settings, true);
    scene.send("GET / HTTP/1.1\r\nA : b\r\n");
    EXPECT_TRUE(scene.answered("HTTP/1.1 400"));
    const auto began = net::Clock::now();
    auto next = began;
    EXPECT_TRUE(scene.loop.until([&] {
      if (net::Clock::now() >= next) {
        scene.peer.send("x");
        next += pause;
      }
      return scene.server->connections() == 0;
    }));
    return net::Clock::now() - began;
  };
  ServerSettings silent;
  silent.linger_step = Duration(100);
  EXPECT_LT(lingered(silent, Duration(60'000)), Duration(1'500));
  ServerSettings endless;
  endless.linger_step = Duration(60'000);
  endless.linger_total = Duration(300);
  EXPECT_LT(lingered(endless, Duration(20)), Duration(1'500));
  EXPECT_EQ(Duration(5'000), ServerSettings{}.linger_step);
  EXPECT_EQ(Duration(30'000), ServerSettings{}.linger_total);
}

TEST(ServerConnection, a_handshake_that_does_not_end_runs_into_the_timeout) {
  ServerSettings settings;
  settings.handshake = Duration(100);
  net::test::Authority authority;
  std::vector<std::string> problems;
  net::TlsSettings listener;
  listener.certificates = {authority.issue("a", "DNS:a.test")};
  const auto tls = net::TlsContext::load(listener, net::test::read_file, problems);
  ASSERT_TRUE(tls);
  Scene scene(settings, false, {tls, false});
  scene.send("\x16\x03\x01");
  ASSERT_TRUE(scene.over());
  EXPECT_EQ(0, scene.handler.handled);
}

}  // namespace
}  // namespace gw::http::test
