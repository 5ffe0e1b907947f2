#include "gateway/proxy/presence.hpp"

#include <gtest/gtest.h>

#include "tests/gateway/proxy/relay_scene.hpp"

namespace gw::proxy::test {
namespace {

using namespace std::string_literals;

constexpr std::string_view handshake =
    "GET /chat HTTP/1.1\r\nHost: demo.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
constexpr std::string_view switching =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// A relay whose site has a pulse.
struct Watched : RelayScene {
  Watched() { only.site = std::make_shared<const Site>(Site{"one", SiteState::ready, "", {}, pulse}); }
  void open_websocket() {
    client.send(handshake);
    ASSERT_TRUE(app_gets("\r\n\r\n"));
    EXPECT_EQ(1U, pulse->read().working) << "a handshake is a request";
    app.send(switching);
    ASSERT_TRUE(client_gets("\r\n\r\n"));
    ASSERT_TRUE(loop.until([this] { return pulse->read().streams == 1; }));
    EXPECT_EQ(0U, pulse->read().working);
  }
  /// Makes what has moved until now look old.
  void forget() { pulse->at(0).streamed = 0; }
  bool moved() const { return pulse->read().streamed != Pulse::Time{}; }

  std::shared_ptr<Pulse> pulse = std::make_shared<Pulse>(1);
};

TEST(Presence, messages_of_a_websocket_are_use_and_pings_are_not) {
  Watched scene;
  scene.open_websocket();
  scene.forget();
  scene.client.send("\x89\x80mask"s);
  ASSERT_TRUE(scene.app_gets("mask"));
  scene.app.send("\x8a\x04pong"s);
  ASSERT_TRUE(scene.client_gets("pong"));
  EXPECT_FALSE(scene.moved());
  scene.app.send("\x81\x02hi"s);
  ASSERT_TRUE(scene.client_gets("\x81\x02hi"s));
  EXPECT_TRUE(scene.moved());
  scene.forget();
  scene.client.send("\x81\x82mask--"s);
  ASSERT_TRUE(scene.app_gets("mask--"));
  EXPECT_TRUE(scene.moved());
}

TEST(Presence, what_a_client_says_on_a_websocket_wakes_the_site_and_reaches_the_app) {
  Watched scene;
  scene.open_websocket();
  scene.pulse->set(Pulse::Rest::asleep);
  scene.client.send("\x89\x80ping"s);
  ASSERT_TRUE(scene.app_gets("ping"));
  EXPECT_EQ(0, scene.asked);
  scene.client.send("\x81\x82mask--"s);
  ASSERT_TRUE(scene.app_gets("mask--"));
  EXPECT_EQ(1, scene.asked);
}

TEST(Presence, a_websocket_of_a_site_that_sleeps_is_not_silent_too_long) {
  Watched scene;
  scene.snapshot.timeouts.tunnel = Duration(100);
  scene.pulse->set(Pulse::Rest::asleep);
  scene.open_websocket();
  const auto end = net::Clock::now() + Duration(600);
  ASSERT_TRUE(scene.loop.until([&] { return net::Clock::now() > end; }));
  EXPECT_FALSE((scene.client.pull(), scene.client.over()));
  scene.pulse->set(Pulse::Rest::none);
  EXPECT_TRUE(scene.client_over());
}

TEST(Presence, an_answer_without_an_end_is_a_stream_behind_its_head) {
  Watched scene;
  scene.client.send("GET /a HTTP/1.1\r\nHost: demo.test\r\n\r\n");
  ASSERT_TRUE(scene.app_gets("\r\n\r\n"));
  EXPECT_EQ(1U, scene.pulse->read().working);
  scene.app.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  ASSERT_TRUE(scene.client_gets("\r\n\r\n"));
  EXPECT_EQ(0U, scene.pulse->read().working);
  EXPECT_EQ(1U, scene.pulse->read().streams);
  EXPECT_TRUE(scene.moved()) << "it has just begun";
  scene.forget();
  scene.app.send("2\r\nhi\r\n");
  ASSERT_TRUE(scene.client_gets("hi"));
  EXPECT_TRUE(scene.moved());
  scene.app.send("0\r\n\r\n");
  ASSERT_TRUE(scene.client_gets("0\r\n\r\n"));
  EXPECT_TRUE(scene.loop.until([&] { return scene.pulse->read().streams == 0; }));
}

TEST(Presence, an_answer_that_is_here_whole_was_never_a_stream) {
  Watched scene;
  scene.client.send("GET /a HTTP/1.1\r\nHost: demo.test\r\n\r\n");
  ASSERT_TRUE(scene.app_gets("\r\n\r\n"));
  scene.app.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n");
  ASSERT_TRUE(scene.client_gets("0\r\n\r\n"));
  EXPECT_FALSE(scene.moved());
}

TEST(Presence, what_a_client_goes_on_sending_while_it_is_answered_wakes_the_site) {
  Watched scene;
  scene.client.send("POST /a HTTP/1.1\r\nHost: demo.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
  ASSERT_TRUE(scene.app_gets("one"));
  scene.app.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n");
  ASSERT_TRUE(scene.client_gets("hi"));
  scene.forget();
  scene.pulse->set(Pulse::Rest::asleep);
  scene.client.send("3\r\ntwo\r\n");
  ASSERT_TRUE(scene.app_gets("two"));
  EXPECT_EQ(1, scene.asked);
  EXPECT_TRUE(scene.moved());
}

TEST(Presence, an_upload_behind_an_answer_with_an_end_is_work) {
  Watched scene;
  scene.client.send("POST /a HTTP/1.1\r\nHost: demo.test\r\nContent-Length: 6\r\n\r\none");
  ASSERT_TRUE(scene.app_gets("one"));
  scene.app.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhi");
  ASSERT_TRUE(scene.client_gets("hi"));
  EXPECT_EQ(1U, scene.pulse->read().working);
}

}  // namespace
}  // namespace gw::proxy::test
