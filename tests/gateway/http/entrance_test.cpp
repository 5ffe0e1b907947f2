// What comes before the first request of a connection.

#include "tests/gateway/http/connection_scene.hpp"

namespace gw::http::test {
namespace {

Entrance proxied(net::Place place = {}) { return {nullptr, true, std::move(place)}; }
constexpr std::string_view request = "GET / HTTP/1.1\r\nhost: a.test\r\n\r\n";

TEST(Rule72, a_request_behind_a_header_is_the_clients) {
  Scene scene({}, false, proxied());
  scene.send("PROXY TCP4 192.0.2.7 10.0.0.1 4660 443\r\n" + std::string(request));
  EXPECT_EQ(1, scene.handler.handled);
  EXPECT_EQ("192.0.2.7", scene.handler.info.peer);
  EXPECT_EQ(4660, scene.handler.info.peer_port);
}

TEST(Rule72, a_client_that_the_proxy_does_not_know_is_not_the_proxy) {
  Scene scene({}, false, proxied());
  scene.send("PROXY UNKNOWN\r\n" + std::string(request));
  EXPECT_EQ(1, scene.handler.handled);
  EXPECT_EQ("unknown", scene.handler.info.peer);
}

TEST(Rule72, what_the_proxy_asks_itself_is_its_own) {
  Scene scene({}, false, proxied());
  scene.send(std::string("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", 16) + std::string(request));
  EXPECT_EQ(1, scene.handler.handled);
  EXPECT_EQ("", scene.handler.info.peer) << "as it was";
}

TEST(Rule72, without_a_header_there_is_no_answer) {
  Scene scene({}, false, proxied());
  scene.send(request);
  ASSERT_TRUE(scene.over());
  EXPECT_EQ(0, scene.handler.handled);
  EXPECT_EQ("", scene.got());
}

TEST(Rule72, a_header_where_none_is_expected_is_a_bad_request) {
  Scene scene;
  scene.send("PROXY TCP4 192.0.2.7 10.0.0.1 4660 443\r\n" + std::string(request));
  EXPECT_EQ(0, scene.handler.handled);
  EXPECT_EQ(1U, scene.handler.refused.size());
}

TEST(Rule72, a_header_may_not_take_for_ever) {
  ServerSettings settings;
  settings.header = Duration(100);
  Scene scene(settings, false, proxied());
  scene.send("PROXY TCP4 192.0.2.7");
  ASSERT_TRUE(scene.over());
  EXPECT_EQ("", scene.got());
}

/// A door behind which a client may have one connection, and a connection of 192.0.2.7.
struct OneEach {
  OneEach() {
    limits.use({0, 1, 0, 1});
    EXPECT_TRUE(first.claim(net::client_key("192.0.2.7")));
  }
  Loop loop;
  net::ConnectionLimits limits;
  net::Door door{loop.worker, limits};
  net::Place first = door.enter();
};

TEST(Rule68, behind_a_proxy_it_is_the_named_client_who_is_counted) {
  OneEach each;
  Scene again({}, true, proxied(each.door.enter()));
  // Nothing behind it: closing a socket with something unread would be a reset by itself.
  again.send("PROXY TCP4 192.0.2.7 10.0.0.1 4660 443\r\n");
  ASSERT_TRUE(again.over());
  EXPECT_TRUE(again.peer.broken) << "reset";
  EXPECT_EQ(0, again.handler.handled);
  EXPECT_EQ(1U, each.limits.counts().too_many);

  Scene other({}, true, proxied(each.door.enter()));
  other.send("PROXY TCP4 192.0.2.8 10.0.0.1 4660 443\r\n" + std::string(request));
  EXPECT_TRUE(other.loop.until([&] { return other.handler.handled == 1; }));
}

TEST(Rule68, whom_a_proxy_does_not_name_is_not_counted) {
  OneEach each;
  std::vector<std::unique_ptr<Scene>> scenes;
  for (const auto& header : {std::string("PROXY UNKNOWN\r\n"), std::string("PROXY UNKNOWN\r\n"),
                             std::string("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", 16)}) {
    scenes.push_back(std::make_unique<Scene>(ServerSettings{}, true, proxied(each.door.enter())));
    scenes.back()->send(header + std::string(request));
    EXPECT_TRUE(scenes.back()->loop.until([&] { return scenes.back()->handler.handled == 1; }));
  }
}

TEST(Rule68, a_connection_gives_its_place_back_when_it_is_over) {
  OneEach each;
  each.first = {};
  {
    Scene scene({}, false, proxied(each.door.enter()));
    scene.send("PROXY TCP4 192.0.2.7 10.0.0.1 4660 443\r\n" + std::string(request));
    EXPECT_EQ(1U, each.limits.connections());
    EXPECT_FALSE(each.door.enter().claim(net::client_key("192.0.2.7")));
    scene.peer.finish();
    EXPECT_TRUE(scene.loop.until([&] { return scene.server->connections() == 0; }));
    EXPECT_EQ(0U, each.limits.connections());
    EXPECT_TRUE(each.door.enter().claim(net::client_key("192.0.2.7")));
  }
}

}  // namespace
}  // namespace gw::http::test
