// The bucket of oddities, with a clock of the test's.

#include "gateway/http/h2/abuse_guard.hpp"

#include <gtest/gtest.h>

namespace gw::http::h2 {
namespace {

using net::Clock;
using Verdict = AbuseGuard::Verdict;

struct Scene {
  /// How many of `count` oddities in a row were not fine, and the last one's verdict.
  Verdict odd(unsigned count) {
    auto last = Verdict::fine;
    for (unsigned i = 0; i != count; ++i) last = guard.odd(now);
    return last;
  }
  Verdict updates(unsigned count) {
    auto worst = Verdict::fine;
    for (unsigned i = 0; i != count; ++i) worst = std::max(worst, guard.window_update(now));
    return worst;
  }
  void pass(std::chrono::milliseconds time) { now += time; }

  Clock::time_point now = Clock::time_point{} + std::chrono::hours(1);
  AbuseGuard guard{now};
};

TEST(Rule69, warns_once_at_three_quarters_and_ends_at_all) {
  Scene scene;
  EXPECT_EQ(Verdict::fine, scene.odd(AbuseGuard::warned_at));
  EXPECT_EQ(Verdict::warn, scene.odd(1));
  EXPECT_EQ(Verdict::fine, scene.odd(AbuseGuard::burst - AbuseGuard::warned_at - 1));
  EXPECT_EQ(Verdict::over, scene.odd(1));
  EXPECT_EQ(750U, AbuseGuard::warned_at);
}

TEST(Rule61, the_bucket_leaks_33_a_second) {
  Scene scene;
  EXPECT_EQ(Verdict::fine, scene.odd(750));
  scene.pass(std::chrono::seconds(10));
  EXPECT_EQ(Verdict::fine, scene.odd(330));
  EXPECT_EQ(Verdict::warn, scene.odd(1));
}

TEST(Rule61, who_stays_below_the_rate_is_never_warned) {
  Scene scene;
  for (int second = 0; second != 600; ++second) {
    ASSERT_EQ(Verdict::fine, scene.odd(32)) << second;
    scene.pass(std::chrono::seconds(1));
  }
  EXPECT_EQ(600U * 32, scene.guard.total());
}

TEST(Rule61, who_stays_above_the_rate_is_ended) {
  Scene scene;
  auto last = Verdict::fine;
  for (int second = 0; second != 300 && last != Verdict::over; ++second) {
    last = scene.odd(40);
    scene.pass(std::chrono::seconds(1));
  }
  EXPECT_EQ(Verdict::over, last);
}

TEST(Rule61, small_steps_of_the_clock_leak_as_large_ones) {
  Scene scene;
  for (unsigned i = 0; i != 4'000; ++i) {
    scene.pass(std::chrono::milliseconds(50));
    ASSERT_EQ(Verdict::fine, scene.odd(1 + i % 2)) << "thirty a second, step " << i;
  }
}

TEST(Rule66, window_updates_are_free_as_long_as_data_answers_them) {
  Scene scene;
  EXPECT_EQ(Verdict::fine, scene.updates(16 + 750));
  EXPECT_EQ(Verdict::warn, scene.updates(1));
}

TEST(Rule66, bytes_sent_earn_window_updates) {
  Scene scene;
  for (int i = 0; i != 10'000; ++i) {
    scene.guard.sent(512);
    ASSERT_EQ(Verdict::fine, scene.updates(2)) << i;
  }
  EXPECT_EQ(0U, scene.guard.total());
}

TEST(Rule66, what_was_earned_is_bounded) {
  Scene scene;
  for (int i = 0; i != 100; ++i) scene.guard.sent(1U << 30);
  EXPECT_EQ(Verdict::fine, scene.updates(1'000'000));
  EXPECT_EQ(0U, scene.guard.total());
  (void)scene.updates(1);
  EXPECT_EQ(1U, scene.guard.total());
}

}  // namespace
}  // namespace gw::http::h2
