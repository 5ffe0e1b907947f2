#include "gateway/net/proxy_peer.hpp"

#include <gtest/gtest.h>

#include "tests/gateway/net/loop.hpp"

namespace gw::net {
namespace {

using From = ProxyHeader::From;

struct Scene {
  void start() {
    loop.worker.spawn(read());
    loop.settle();
  }
  Task<> read() { result = co_await read_proxy_header(*ends.stream); }
  bool ended() {
    return loop.until([&] { return result.has_value(); });
  }

  test::Loop loop;
  test::Ends ends = test::connected(loop);
  std::optional<Result<ProxyHeader>> result;
};

const std::string line = "PROXY TCP4 192.0.2.7 10.0.0.1 4660 443\r\n";

TEST(Rule72, what_follows_the_header_is_left_where_it_is) {
  for (const std::size_t cut : {std::size_t{0}, std::size_t{1}, line.size() - 1, line.size()}) {
    Scene scene;
    scene.ends.peer.send(line.substr(0, cut));
    scene.start();
    scene.ends.peer.send(line.substr(cut) + "next");
    ASSERT_TRUE(scene.ended()) << cut;
    ASSERT_TRUE(*scene.result);
    EXPECT_EQ("192.0.2.7", (*scene.result)->host);
    ASSERT_TRUE(scene.loop.run(scene.ends.stream->more()));
    EXPECT_EQ("next", test::text(scene.ends.stream->input())) << cut;
  }
}

TEST(Rule72, what_a_proxy_adds_is_skipped_however_long_it_takes_to_come) {
  const std::string extra(40'000, 't');
  std::string text("\r\n\r\n\0\r\nQUIT\n\x21\x11", 14);
  text += static_cast<char>((extra.size() + 12) >> 8);
  text += static_cast<char>(extra.size() + 12);
  text += std::string("\xc0\x00\x02\x07\x0a\x00\x00\x01\x12\x34\x01\xbb", 12);
  Scene scene;
  scene.ends.peer.send(text + extra.substr(0, 20'000));
  scene.start();
  EXPECT_FALSE(scene.result.has_value());
  scene.ends.peer.send(extra.substr(20'000) + "next");
  ASSERT_TRUE(scene.ended());
  ASSERT_TRUE(*scene.result);
  EXPECT_EQ("192.0.2.7", (*scene.result)->host);
  ASSERT_TRUE(scene.loop.run(scene.ends.stream->more()));
  EXPECT_EQ("next", test::text(scene.ends.stream->input()));
}

TEST(Rule72, what_is_no_header_ends_it) {
  Scene scene;
  scene.ends.peer.send("GET / HTTP/1.1\r\n");
  scene.start();
  ASSERT_TRUE(scene.ended());
  EXPECT_EQ(Code::bad_start_line, scene.result->error().code);
}

TEST(Rule72, a_proxy_that_leaves_inside_the_header_ends_it) {
  for (const std::string& said :
       {std::string(), line.substr(0, 20), std::string("\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x20", 16) + std::string(12, 'a')}) {
    Scene scene;
    scene.ends.peer.send(said);
    scene.start();
    EXPECT_FALSE(scene.result.has_value());
    scene.ends.peer.close();
    ASSERT_TRUE(scene.ended()) << said;
    EXPECT_FALSE(*scene.result);
  }
}

TEST(Rule72, a_header_that_is_late_runs_into_the_deadline) {
  Scene scene;
  scene.ends.stream->deadline(Duration(50), Code::header_timeout);
  scene.ends.peer.send("PROXY TCP4");
  scene.start();
  ASSERT_TRUE(scene.ended());
  EXPECT_EQ(Code::header_timeout, scene.result->error().code);
}

}  // namespace
}  // namespace gw::net
