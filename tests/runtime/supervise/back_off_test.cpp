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

}  // namespace
}  // namespace runtime::supervise
