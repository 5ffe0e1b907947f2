// What comes before the first request of a connection.

#include "tests/gateway/http/connection_scene.hpp"

namespace gw::http::test {
namespace {

const Entrance proxied{nullptr, true};
constexpr std::string_view request = "GET / HTTP/1.1\r\nhost: a.test\r\n\r\n";

TEST(Rule72, a_request_behind_a_header_is_the_clients) {
  Scene scene({}, false, proxied);
  scene.send("PROXY TCP4 192.0.2.7 10.0.0.1 4660 443\r\n" + std::string(request));
  EXPECT_EQ(1, scene.handler.handled);
  EXPECT_EQ("192.0.2.7", scene.handler.info.peer);
  EXPECT_EQ(4660, scene.handler.info.peer_port);
}

TEST(Rule72, a_client_that_the_proxy_does_not_know_is_not_the_proxy) {
  Scene scene({}, false, proxied);
  scene.send("PROXY UNKNOWN\r\n" + std::string(request));
  EXPECT_EQ(1, scene.handler.handled);
  EXPECT_EQ("unknown", scene.handler.info.peer);
}

TEST(Rule72, what_the_proxy_asks_itself_is_its_own) {
  Scene scene({}, false, proxied);
  scene.send(std::string("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", 16) + std::string(request));
  EXPECT_EQ(1, scene.handler.handled);
  EXPECT_EQ("", scene.handler.info.peer) << "as it was";
}

TEST(Rule72, without_a_header_there_is_no_answer) {
  Scene scene({}, false, proxied);
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
  Scene scene(settings, false, proxied);
  scene.send("PROXY TCP4 192.0.2.7");
  ASSERT_TRUE(scene.over());
  EXPECT_EQ("", scene.got());
}

}  // namespace
}  // namespace gw::http::test
