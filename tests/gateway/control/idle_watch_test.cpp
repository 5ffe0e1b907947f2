#include "gateway/control/idle_watch.hpp"

#include <gtest/gtest.h>

namespace gw::control {
namespace {

using namespace std::chrono_literals;

constexpr net::Clock::time_point start{std::chrono::hours(1)};

struct Scene {
  /// What is said then: `idle 300`, `busy`.
  std::string at(net::Clock::time_point now) {
    std::string all;
    for (const auto& word : watch.look(now))
      all += word.site + (word.idle ? " idle " + std::to_string(word.unused.count()) : " busy") + ";";
    return all;
  }
  void used(net::Clock::time_point when) { pulse->at(0).ended = when.time_since_epoch().count(); }

  IdleWatch watch;
  std::shared_ptr<proxy::Pulse> pulse = std::make_shared<proxy::Pulse>(1);
};

TEST(IdleWatch, a_site_that_nobody_uses_is_idle_after_its_time) {
  Scene scene;
  scene.watch.put("a", scene.pulse, {300s, false}, start);
  EXPECT_EQ(start + 300s, scene.watch.next());
  EXPECT_EQ("", scene.at(start + 299s));
  EXPECT_EQ("a idle 300;", scene.at(start + 300s));
  EXPECT_EQ("", scene.at(start + 900s)) << "that is said once";
}

TEST(IdleWatch, counts_from_the_last_use) {
  Scene scene;
  scene.watch.put("a", scene.pulse, {300s, false}, start);
  scene.used(start + 100s);
  EXPECT_EQ("", scene.at(start + 300s));
  EXPECT_EQ(start + 400s, scene.watch.next()) << "one look for one use";
  EXPECT_EQ("a idle 300;", scene.at(start + 400s));
}

TEST(IdleWatch, an_exchange_under_way_is_use) {
  Scene scene;
  scene.watch.put("a", scene.pulse, {300s, false}, start);
  scene.pulse->at(0).working = 1;
  EXPECT_EQ("", scene.at(start + 300s));
  EXPECT_EQ("", scene.at(start + 600s));
  scene.pulse->at(0).working = 0;
  scene.used(start + 650s);
  EXPECT_EQ("", scene.at(start + 900s));
  EXPECT_EQ("a idle 300;", scene.at(start + 950s));
}

TEST(IdleWatch, who_is_used_again_is_busy_also_when_that_was_long_ago) {
  Scene scene;
  scene.watch.put("a", scene.pulse, {10s, false}, start);
  EXPECT_EQ("a idle 10;", scene.at(start + 10s));
  scene.used(start + 11s);
  EXPECT_LE(*scene.watch.next(), start + 11s) << "it is noticed soon";
  EXPECT_EQ("a busy;", scene.at(start + 12s));
  EXPECT_EQ("a idle 10;", scene.at(start + 21s));
  scene.used(start + 22s);
  EXPECT_EQ("a busy;a idle 28;", scene.at(start + 50s)) << "nobody looked for a while";
}

TEST(IdleWatch, what_is_put_anew_is_watched_anew) {
  Scene scene;
  scene.watch.put("a", scene.pulse, {300s, false}, start);
  scene.watch.put("a", scene.pulse, {300s, false}, start + 200s);
  EXPECT_EQ("", scene.at(start + 300s));
  EXPECT_EQ("a idle 300;", scene.at(start + 500s));
  scene.watch.put("a", scene.pulse, {300s, false}, start + 600s);
  EXPECT_EQ("a idle 300;", scene.at(start + 900s));
}

TEST(IdleWatch, open_streams_are_use_where_the_site_says_so) {
  Scene scene;
  const auto other = std::make_shared<proxy::Pulse>(1);
  for (const auto& one : {scene.pulse, other}) one->at(0).streams = 1;
  scene.watch.put("a", scene.pulse, {300s, true}, start);
  scene.watch.put("b", other, {300s, false}, start);
  EXPECT_EQ("b idle 300;", scene.at(start + 300s));
  EXPECT_EQ("", scene.at(start + 900s));
}

TEST(IdleWatch, leaves_alone_what_has_gone_or_never_said_when) {
  Scene scene;
  scene.watch.put("never", scene.pulse, {0s, false}, start);
  EXPECT_FALSE(scene.watch.next());
  scene.watch.put("a", scene.pulse, {300s, false}, start);
  scene.watch.put("b", scene.pulse, {300s, false}, start);
  scene.watch.erase("a");
  EXPECT_EQ("b idle 400;", scene.at(start + 400s));
  scene.watch.put("b", scene.pulse, {0s, false}, start + 400s);
  EXPECT_FALSE(scene.watch.next());
  EXPECT_EQ("", scene.at(start + 900s));
}

TEST(SiteSleep, what_has_just_moved_is_still_moving) {
  EXPECT_EQ(10s, SiteSleep{}.lately());
  EXPECT_EQ(10s, (SiteSleep{300s, false}.lately()));
  EXPECT_EQ(1s, (SiteSleep{1s, false}.lately()));
}

}  // namespace
}  // namespace gw::control
