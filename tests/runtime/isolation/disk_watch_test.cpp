#include "runtime/isolation/disk_watch.hpp"

#include <gmock/gmock.h>

namespace runtime::isolation {
namespace {

constexpr std::uint64_t gibibyte = 1ULL << 30;

TEST(OverLimit, is_said_as_the_hub_says_it) {
  EXPECT_EQ(over_limit(50 * gibibyte + 1, 50 * gibibyte), "Workload evicted, storage limit exceeded (50G)");
  EXPECT_EQ(over_limit(gibibyte, 64 << 20), "Workload evicted, storage limit exceeded (64M)");
}

TEST(OverLimit, begins_behind_the_limit) {
  EXPECT_EQ(over_limit(50 * gibibyte, 50 * gibibyte), std::nullopt);
  EXPECT_EQ(over_limit(0, gibibyte), std::nullopt);
}

TEST(OverLimit, a_limit_of_nothing_is_none) { EXPECT_EQ(over_limit(~0ULL, 0), std::nullopt); }

TEST(LimitText, is_exact) {
  EXPECT_EQ(limit_text(0), "0");
  EXPECT_EQ(limit_text(1001), "1001");
  EXPECT_EQ(limit_text(100 << 10), "100K");
  EXPECT_EQ(limit_text(1536 << 20), "1536M");
  EXPECT_EQ(limit_text(3 * gibibyte + 1024), "3145729K");
  EXPECT_EQ(limit_text(2048 * gibibyte), "2T");
}

TEST(PauseAfter, looking_is_a_fiftieth_of_the_time_at_most) {
  EXPECT_EQ(pause_after(std::chrono::milliseconds(0)), shortest_pause);
  EXPECT_EQ(pause_after(std::chrono::milliseconds(100)), shortest_pause);
  EXPECT_EQ(pause_after(std::chrono::milliseconds(2000)), std::chrono::seconds(100));
}

}  // namespace
}  // namespace runtime::isolation
