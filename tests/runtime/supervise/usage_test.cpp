#include "runtime/supervise/usage.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace runtime::supervise {
namespace {

TEST(Usage, finds_the_groups_of_version_1) {
  const auto groups = groups_of("9:name=systemd:/docker/a\n4:memory:/docker/a\n2:cpu,cpuacct:/docker/a\n0::/\n");
  EXPECT_EQ(groups.cpu, "cpu,cpuacct/docker/a");
  EXPECT_EQ(groups.memory, "memory/docker/a");
  EXPECT_FALSE(groups.unified);
}

TEST(Usage, finds_the_one_group_of_version_2) {
  const auto groups = groups_of("0::/system.slice/docker-a.scope\n");
  EXPECT_EQ(groups.cpu, "system.slice/docker-a.scope");
  EXPECT_EQ(groups.memory, "system.slice/docker-a.scope");
  EXPECT_TRUE(groups.unified);
}

TEST(Usage, finds_nothing_in_what_is_no_list_of_groups) {
  for (const char* text : {"", "nonsense", "1:cpu", "\n\n"}) EXPECT_EQ(groups_of(text).cpu, "") << text;
}

TEST(Usage, a_value_is_found_by_its_whole_name) {
  const char* text = "total_inactive_file 4096\ninactive_file 1\nusage_usec 77\n";
  EXPECT_EQ(value_of(text, "inactive_file"), 1U);
  EXPECT_EQ(value_of(text, "total_inactive_file"), 4096U);
  EXPECT_EQ(value_of(text, "usage_usec"), 77U);
  EXPECT_EQ(value_of(text, "usage"), 0U);
}

TEST(Usage, of_what_has_ended_is_unknown) { EXPECT_FALSE(usage_of(1 << 30)); }

}  // namespace
}  // namespace runtime::supervise
