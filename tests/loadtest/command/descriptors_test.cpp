#include "loadtest/command/descriptors.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <limits>

namespace loadtest::command {
namespace {

TEST(Descriptors, leave_room_for_our_own) {
  EXPECT_EQ(connections_within(1024), 824U);
  EXPECT_EQ(connections_within(401), 201U);
  EXPECT_EQ(connections_within(400), 200U);
  EXPECT_EQ(connections_within(64), 32U) << "and not more than there are";
  EXPECT_EQ(connections_within(0), 1U);
  EXPECT_EQ(connections_within(1'000'000), 20'000U);
  EXPECT_EQ(connections_within(std::numeric_limits<std::uint64_t>::max()), 20'000U) << "of a system without a limit";
}

TEST(Descriptors, are_those_of_this_process) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit few{64, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  EXPECT_EQ(most_descriptors(), 64U);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace loadtest::command
