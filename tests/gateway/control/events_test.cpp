#include "gateway/control/events.hpp"

#include <gtest/gtest.h>

#include "tests/gateway/http/connection_scene.hpp"

namespace gw::control {
namespace {

using http::test::Loop;
using http::test::Peer;

/// Followers on real connections.
struct Scene : http::Handler {
  ~Scene() override {
    server.stop();
    EXPECT_TRUE(loop.until([this] { return server.connections() == 0; }));
    loop.settle();
  }
  net::Task<> handle(http::ClientSide& client, http::RequestHead&, const http::ConnectionInfo&) override {
    co_await events.follow(client, outstanding);
  }
  net::Task<> refuse(http::ClientSide& client, const http::RequestHead&, const http::ConnectionInfo&, net::Failure) override {
    client.abort();
    co_return;
  }
  Peer follow() {
    auto ends = net::test::connected_by_tcp(loop);
    server.accept(std::move(ends.stream), {});
    ends.peer.send("GET /v1/events HTTP/1.1\r\nHost: g\r\n\r\n");
    EXPECT_TRUE(gets(ends.peer, "hello"));
    loop.settle();
    return std::move(ends.peer);
  }
  bool gets(Peer& peer, std::string_view text) {
    return loop.until([&] { return peer.pull(), peer.received.find(text) != std::string::npos; });
  }
  bool over(Peer& peer) {
    return loop.until([&] { return peer.pull(), peer.over(); });
  }

  Loop loop;
  std::string outstanding;
  std::vector<bool> followed;
  Events events{loop.worker, [this](bool anybody) { followed.push_back(anybody); }};
  http::Server server{loop.worker, *this};
};

TEST(Events, all_who_follow_are_told_line_by_line) {
  Scene scene;
  auto one = scene.follow();
  auto two = scene.follow();
  EXPECT_EQ(2U, scene.events.followers());
  scene.events.say(Events::wake_needed("owner/\"x"));
  scene.events.say(Events::idle("a", std::chrono::seconds(300)));
  scene.events.say(Events::busy("a"));
  for (auto* peer : {&one, &two})
    for (const char* line :
         {"{\"event\":\"hello\"}\n", "{\"event\":\"wake_needed\",\"site\":\"owner/\\\"x\"}\n",
          "{\"event\":\"idle\",\"site\":\"a\",\"idle_seconds\":300}\n", "{\"event\":\"busy\",\"site\":\"a\"}\n"})
      EXPECT_TRUE(scene.gets(*peer, line)) << line << peer->received;
  EXPECT_NE(one.received.find("application/x-ndjson"), std::string::npos);
}

TEST(Events, what_is_outstanding_comes_first_however_much_it_is) {
  Scene scene;
  for (int i = 0; i != 3000; ++i) scene.outstanding += Events::wake_needed("site" + std::to_string(i));
  auto one = scene.follow();
  EXPECT_TRUE(scene.gets(one, "\"site2999\"}\n"));
  EXPECT_LT(one.received.find("hello"), one.received.find("site0"));
}

TEST(Events, it_is_known_whether_anybody_follows) {
  Scene scene;
  EXPECT_TRUE(scene.followed.empty());
  auto one = scene.follow();
  auto two = scene.follow();
  EXPECT_EQ(std::vector<bool>{true}, scene.followed);
  one.close();
  ASSERT_TRUE(scene.loop.until([&] { return scene.events.followers() == 1; }));
  EXPECT_EQ(1U, scene.followed.size());
  two.close();
  ASSERT_TRUE(scene.loop.until([&] { return scene.events.followers() == 0; }));
  EXPECT_EQ((std::vector<bool>{true, false}), scene.followed);
}

TEST(Events, who_does_not_keep_up_is_cut_off_and_nobody_else) {
  Scene scene;
  auto slow = scene.follow();
  auto quick = scene.follow();
  const auto line = Events::busy(std::string(1000, 'x'));
  // What the sockets take, and 64 KiB more.
  for (int i = 0; i != 20'000 && scene.events.followers() == 2; ++i) {
    scene.events.say(line);
    scene.loop.settle();
    quick.pull();
    quick.received.clear();
  }
  ASSERT_EQ(1U, scene.events.followers());
  EXPECT_TRUE(scene.over(slow));
  scene.events.say(Events::busy("last"));
  EXPECT_TRUE(scene.gets(quick, "last"));
}

TEST(Events, ends_with_everybody) {
  Scene scene;
  auto one = scene.follow();
  scene.events.end();
  EXPECT_TRUE(scene.over(one));
  EXPECT_EQ(0U, scene.events.followers());
}

TEST(Events, a_sign_of_life_comes_by_itself) {
  Scene scene;
  auto one = scene.follow();
  EXPECT_TRUE(scene.gets(one, "{\"event\":\"alive\"}\n"));
}

}  // namespace
}  // namespace gw::control
