#include "runtime/supervise/back_off.hpp"

#include <gtest/gtest.h>

namespace runtime::supervise {
namespace {

TEST(BackOff, doubles_then_gives_up_and_forgives) {
  using namespace std::chrono_literals;
  BackOff back_off;
  BackOff::Clock::time_point now{1h};
  for (const auto wait : {500ms, 1000ms, 2000ms, 4000ms, 8000ms, 16000ms}) EXPECT_EQ(back_off.crashed(now += 1s), wait);
  EXPECT_EQ(back_off.crashed(now), std::nullopt);
  back_off.forgive();
  EXPECT_EQ(back_off.crashed(now), 500ms);
  EXPECT_EQ(back_off.crashed(now + 11min), 500ms);
}

TEST(BackOff, never_waits_longer_than_its_longest_wait_and_counts_within_its_window_only) {
  using namespace std::chrono_literals;
  BackOff back_off;
  BackOff::Clock::time_point now{1h};
  // A crash every eleven minutes is an accident each time; one every nine is a loop.
  for (int i = 0; i != 50; ++i) EXPECT_EQ(back_off.crashed(now += 11min), BackOff::first_wait);
  for (unsigned i = 1; i != BackOff::crashes_in_window; ++i) {
    const auto wait = back_off.crashed(now += 9min);
    ASSERT_TRUE(wait);
    EXPECT_LE(*wait, BackOff::longest_wait);
  }
  EXPECT_EQ(back_off.crashed(now += 9min), std::nullopt);
}

TEST(RestartPause, is_nothing_the_first_time_and_doubles_up_to_a_limit_while_the_program_does_not_stay_up) {
  using namespace std::chrono_literals;
  RestartPause restart;
  RestartPause::Clock::time_point now{1h};
  restart.came_up(now);
  for (const auto pause : {0ms, 250ms, 500ms, 1000ms, 2000ms, 4000ms, 8000ms, 15000ms, 15000ms}) {
    EXPECT_EQ(restart.ended(now += 10s), pause);
    restart.came_up(now += pause);
  }
  // It never stops trying, whatever the number.
  for (int i = 0; i != 1000; ++i) {
    ASSERT_EQ(restart.ended(now += 10s), 15000ms);
    restart.came_up(now);
  }
}

TEST(RestartPause, begins_anew_when_the_program_stayed_up_for_a_minute) {
  using namespace std::chrono_literals;
  RestartPause restart;
  RestartPause::Clock::time_point now{1h};
  restart.came_up(now);
  for (int i = 0; i != 5; ++i) restart.ended(now += 1s);
  restart.came_up(now);
  EXPECT_EQ(restart.ended(now += 59s), 4000ms);
  restart.came_up(now);
  EXPECT_EQ(restart.ended(now += 61s), 0ms);
  restart.came_up(now);
  EXPECT_EQ(restart.ended(now += 1s), 250ms);
}

}  // namespace
}  // namespace runtime::supervise
