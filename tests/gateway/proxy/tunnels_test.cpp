#include "gateway/proxy/tunnels.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/gateway/proxy/relay_scene.hpp"

namespace gw::proxy::test {
namespace {

const std::string handshake =
    "GET /ws HTTP/1.1\r\nHost: demo.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const std::string switching =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
const std::string restart = std::string("\x88\x02\x03\xf4", 4);
const std::string answer = std::string("\x88\x82maskni", 8);
const std::string hello = std::string("\x81\x05hello", 7);
const std::vector<std::string> demo{"demo.test"};

Route to(Route one, const std::string& endpoint) {
  auto upstream = std::make_shared<Upstream>(*one.upstream);
  upstream->endpoints.front().text = endpoint;
  one.upstream = std::move(upstream);
  return one;
}

struct Scene : RelayScene {
  Scene() {
    client.send(handshake);
    EXPECT_TRUE(app_gets("\r\n\r\n"));
    app.send(switching + hello);
    EXPECT_TRUE(client_gets("hello"));
    client.received.clear();
    app.received.clear();
  }
  void put(const std::vector<Route>& routes, const std::vector<std::string>& hosts = demo) {
    tunnels.use(routing(routes), hosts);
  }
  /// Both say their last word.
  void part() {
    client.send(answer);
    EXPECT_TRUE(app_gets(answer)) << "the app hears of it from its client";
    app.close();
    EXPECT_TRUE(client_over());
    EXPECT_TRUE(client.ended) << "an end in order";
    client.close();
    EXPECT_TRUE(loop.until([&] { return result.has_value(); }));
  }
  bool quiet() {
    loop.settle();
    client.pull();
    return client.received.empty() && !client.over();
  }
};

TEST(Tunnels, of_a_route_that_has_gone_end_with_1012) {
  Scene scene;
  scene.put({});
  ASSERT_TRUE(scene.client_gets(restart));
  scene.app.send(hello);
  scene.part();
  EXPECT_EQ(restart, scene.client.received) << "nothing follows a Close frame";
  EXPECT_EQ(0U, scene.tunnels.size());
}

TEST(Tunnels, of_other_routes_do_not_notice) {
  Scene scene;
  const Route only = scene.only;
  scene.put({only, route("demo.test", "/other")});
  scene.put({only});
  scene.put({}, {"other.test"});
  scene.put({only, route("demo.test", "/ws")});
  scene.put({only});
  EXPECT_TRUE(scene.quiet());
  scene.app.send(hello);
  EXPECT_TRUE(scene.client_gets(hello));
}

TEST(Tunnels, end_when_their_endpoint_has_gone) {
  Scene scene;
  scene.put({to(scene.only, "127.0.0.1:7861")});
  ASSERT_TRUE(scene.client_gets(restart));
  scene.part();
}

/// One that only says whether it was told to end.
struct Probe final : OpenTunnel {
  Probe(RelayScene& scene, const Route& route)
      : OpenTunnel(scene.loop.worker.deadlines(), scene.tunnels, route, "127.0.0.1:7860") {}
  void end() noexcept override { ended = true; }
  bool ended = false;
};

TEST(Tunnels, end_when_only_their_handshake_has_outlived_the_route) {
  RelayScene scene;
  const Route other = route("other.test", "/");
  Probe tunnel(scene, other);
  EXPECT_TRUE(scene.loop.until([&] { return tunnel.ended; }));
}

TEST(Tunnels, a_shorter_path_is_another_route) {
  RelayScene scene;
  const Route deep = route("demo.test", "/deep");
  scene.tunnels.use(RelayScene::routing({scene.only, deep}), demo);
  Probe tunnel(scene, deep);
  Probe other(scene, scene.only);
  scene.tunnels.use(RelayScene::routing({scene.only}), demo);
  EXPECT_TRUE(tunnel.ended);
  EXPECT_FALSE(other.ended);
}

TEST(Tunnels, many_end_one_after_the_other) {
  RelayScene scene;
  std::vector<std::unique_ptr<Probe>> many;
  for (int i = 0; i != 100; ++i) many.push_back(std::make_unique<Probe>(scene, scene.only));
  const auto ended = [&] { return std::count_if(many.begin(), many.end(), [](const auto& one) { return one->ended; }); };
  scene.tunnels.use(RelayScene::routing({}), demo);
  EXPECT_EQ(1, ended()) << "one now, the others within a second";
  EXPECT_TRUE(scene.loop.until([&] { return ended() == 100; }));
}

TEST(Tunnels, finish_the_message_that_is_under_way) {
  Scene scene;
  scene.app.send(hello.substr(0, 4));
  ASSERT_TRUE(scene.client_gets(hello.substr(0, 4)));
  scene.put({});
  scene.loop.settle();
  scene.app.send(hello.substr(4) + hello + hello.substr(0, 2));
  ASSERT_TRUE(scene.client_gets(restart));
  scene.part();
  EXPECT_EQ(hello + hello + restart, scene.client.received);
}

TEST(Tunnels, say_nothing_behind_the_close_frame_of_the_app) {
  Scene scene;
  const std::string going = std::string("\x88\x02\x03\xe9", 4);
  scene.app.send(going);
  ASSERT_TRUE(scene.client_gets(going));
  scene.put({});
  scene.loop.settle();
  scene.part();
  EXPECT_EQ(going, scene.client.received);
}

TEST(Tunnels, end_without_the_app_if_need_be) {
  Scene scene;
  scene.put({});
  ASSERT_TRUE(scene.client_gets(restart));
  scene.app.close();
  EXPECT_TRUE(scene.client_over());
  EXPECT_TRUE(scene.client.ended) << "not by a reset, which could overtake the frame";
  scene.client.close();
  EXPECT_TRUE(scene.loop.until([&] { return scene.result.has_value(); }));
}

TEST(Tunnels, a_client_that_has_yet_to_read_is_not_reset_because_the_app_has_gone) {
  Scene scene;
  scene.put({});
  ASSERT_TRUE(scene.loop.until([&] { return scene.outcome.bytes_out != 0; }));
  scene.app.reset();
  scene.loop.settle();
  scene.client.send(answer);
  EXPECT_TRUE(scene.client_gets(restart));
  EXPECT_TRUE(scene.client_over());
  EXPECT_TRUE(scene.client.ended);
}

TEST(Tunnels, that_nobody_ends_are_cut) {
  Scene scene;
  scene.put({});
  ASSERT_TRUE(scene.client_gets(restart));
  EXPECT_TRUE(scene.client_over()) << "neither the client nor the app has answered";
}

TEST(Tunnels, all_end_when_the_gateway_does) {
  Scene scene;
  scene.tunnels.end_all(Duration(1'000));
  ASSERT_TRUE(scene.client_gets(restart));
  scene.part();
}

TEST(Tunnels, that_come_while_the_gateway_ends_end_too) {
  RelayScene scene;
  scene.tunnels.end_all(Duration(1'000));
  scene.client.send(handshake);
  ASSERT_TRUE(scene.app_gets("\r\n\r\n"));
  scene.app.send(switching);
  EXPECT_TRUE(scene.client_gets(restart));
}

}  // namespace
}  // namespace gw::proxy::test
