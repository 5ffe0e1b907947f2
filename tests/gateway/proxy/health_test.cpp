#include "gateway/proxy/health.hpp"

#include <gtest/gtest.h>

#include <random>

namespace gw::proxy {
namespace {

using namespace std::chrono_literals;

constexpr unsigned whole = Health::whole_share;

struct Scene {
  Scene() {
    rules.eject_after = 3;
    rules.eject_for = 10s;
  }
  void met(Met what) { health.met(what, rules, now); }
  unsigned share() { return health.share(rules, now); }
  /// How long it is passed over from now on.
  std::chrono::seconds out() {
    std::chrono::seconds spent{};
    while (share() == 0 && spent < 1h) now += 1s, spent += 1s;
    return spent;
  }
  Health::Rules rules;
  Health health;
  Health::Time now{1h};
};

TEST(Health, requests_that_break_in_a_row_eject) {
  Scene scene;
  for (int i = 0; i != 2; ++i) scene.met(Met::broken);
  EXPECT_EQ(whole, scene.share());
  scene.met(Met::broken);
  EXPECT_EQ(0U, scene.share());
  EXPECT_EQ(HealthState::ejected, scene.health.state());
}

TEST(Health, an_answer_between_breaks_the_row) {
  Scene scene;
  for (int i = 0; i != 10; ++i) {
    scene.met(Met::broken);
    scene.met(Met::broken);
    scene.met(Met::answered);
  }
  EXPECT_EQ(whole, scene.share());
}

TEST(Health, a_connection_that_fails_ejects_at_once) {
  Scene scene;
  scene.met(Met::unreachable);
  EXPECT_EQ(0U, scene.share());
  EXPECT_EQ(10s, scene.out());
}

TEST(Health, each_ejection_is_twice_as_long_up_to_five_minutes) {
  Scene scene;
  for (const auto expected : {10s, 20s, 40s, 80s, 160s, 300s, 300s}) {
    scene.met(Met::unreachable);
    EXPECT_EQ(expected, scene.out());
  }
}

TEST(Health, one_bad_request_is_enough_for_who_has_just_come_back) {
  Scene scene;
  scene.met(Met::unreachable);
  scene.out();
  scene.met(Met::broken);
  EXPECT_EQ(20s, scene.out());
}

TEST(Health, good_conduct_for_as_long_as_the_ejection_was_is_forgiven) {
  Scene scene;
  scene.met(Met::unreachable);
  scene.out();
  scene.met(Met::answered);
  EXPECT_EQ(HealthState::up, scene.health.state());
  scene.now += 9s;
  scene.met(Met::answered);
  scene.met(Met::unreachable);
  EXPECT_EQ(20s, scene.out()) << "not yet";
  scene.met(Met::answered);
  scene.now += 20s;
  scene.met(Met::answered);
  scene.met(Met::unreachable);
  EXPECT_EQ(10s, scene.out());
}

TEST(Health, who_is_out_is_not_put_out_again_by_what_was_under_way) {
  Scene scene;
  for (int i = 0; i != 5; ++i) scene.met(Met::unreachable);
  EXPECT_EQ(10s, scene.out());
}

TEST(Health, the_share_grows_over_the_slow_start) {
  Scene scene;
  scene.rules.slow_start = 16s;
  scene.met(Met::unreachable);
  scene.out();
  EXPECT_EQ(HealthState::warming, scene.health.state());
  EXPECT_EQ(1U, scene.share());
  EXPECT_EQ(1U, scene.health.share(scene.rules, scene.now - 1s)) << "asked by a request that is older";
  scene.now += 4s;
  EXPECT_EQ(whole / 4, scene.share());
  scene.met(Met::answered);
  scene.now += 8s;
  EXPECT_EQ(whole / 4 * 3, scene.share());
  scene.now += 4s;
  EXPECT_EQ(whole, scene.share());
  EXPECT_EQ(HealthState::warming, scene.health.state()) << "not before it has answered";
  scene.met(Met::answered);
  EXPECT_EQ(HealthState::up, scene.health.state());
}

TEST(Health, who_the_probes_find_down_stays_out_until_they_find_it_up) {
  Scene scene;
  scene.rules.slow_start = 10s;
  scene.health.probed(false, scene.rules, scene.now);
  EXPECT_EQ(1h, scene.out());
  for (const auto what : {Met::answered, Met::broken, Met::unreachable}) {
    scene.met(what);
    EXPECT_EQ(HealthState::down, scene.health.state()) << "only probes decide";
  }
  scene.health.probed(true, scene.rules, scene.now);
  EXPECT_EQ(HealthState::warming, scene.health.state());
  EXPECT_EQ(1U, scene.share());
}

TEST(Health, a_good_probe_does_not_end_an_ejection) {
  Scene scene;
  scene.met(Met::unreachable);
  scene.health.probed(true, scene.rules, scene.now);
  EXPECT_EQ(10s, scene.out());
}

TEST(Health, nothing_keeps_it_out_for_ever_or_above_its_share) {
  std::mt19937 random(7);
  for (int run = 0; run != 200; ++run) {
    Scene scene;
    scene.rules.slow_start = std::chrono::seconds(random() % 3 * 5);
    for (int step = 0; step != 300; ++step) {
      scene.now += std::chrono::milliseconds(random() % 20'000);
      if (random() % 8 == 0)
        scene.health.probed(random() % 2 == 0, scene.rules, scene.now);
      else
        scene.met(static_cast<Met>(random() % 3));
      EXPECT_LE(scene.share(), whole);
      EXPECT_EQ(scene.share() == 0, scene.health.state() == HealthState::down || scene.health.state() == HealthState::ejected);
    }
    scene.health.probed(true, scene.rules, scene.now);
    scene.now += Health::longest_ejection;
    EXPECT_NE(0U, scene.share());
    scene.now += 10s;
    EXPECT_EQ(whole, scene.share());
    scene.met(Met::answered);
    EXPECT_EQ(HealthState::up, scene.health.state());
  }
}

TEST(ProbeTally, so_many_answers_in_a_row_change_the_verdict) {
  Health::Rules rules;
  rules.unhealthy_after = 3;
  rules.healthy_after = 2;
  ProbeTally tally;
  for (const bool good : {true, false, false, true, false, false}) EXPECT_EQ(std::nullopt, tally.took(good, rules));
  EXPECT_EQ(false, tally.took(false, rules));
  for (const bool good : {false, true, false, true}) EXPECT_EQ(std::nullopt, tally.took(good, rules));
  EXPECT_EQ(true, tally.took(true, rules));
  EXPECT_TRUE(tally.good());
}

}  // namespace
}  // namespace gw::proxy
