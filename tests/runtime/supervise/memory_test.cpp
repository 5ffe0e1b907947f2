#include "runtime/supervise/memory.hpp"

#include <gtest/gtest.h>

namespace runtime::supervise {
namespace {

TEST(Memory, is_read_as_the_kernel_writes_it) {
  const auto memory = parse_memory(
      "MemTotal:       24683852 kB\nMemFree:         1000 kB\nMemAvailable:    2000 kB\nBuffers: 1 kB\nSwapTotal: 9 "
      "kB\nSwapFree: 7 kB\n");
  EXPECT_EQ(memory.total, 24683852ULL << 10);
  EXPECT_EQ(memory.available, 2000ULL << 10);
  EXPECT_EQ(memory.swap_free, 7ULL << 10);
  EXPECT_EQ(parse_memory("MemTotal: 1 kB\n").swap_free, 0U);
}

TEST(Memory, that_cannot_be_read_is_not_short) {
  EXPECT_FALSE(is_short(parse_memory("")));
  EXPECT_FALSE(is_short(parse_memory("MemTotal: many kB\n")));
}

TEST(Memory, is_short_when_less_than_a_tenth_is_left) {
  EXPECT_FALSE(is_short({1000, 100}));
  EXPECT_TRUE(is_short({1000, 99}));
}

TEST(Memory, of_this_machine_is_known) {
  const auto now = memory_now();
  EXPECT_GT(now.available, 0U);
  EXPECT_GT(now.total, now.available);
}

}  // namespace
}  // namespace runtime::supervise
