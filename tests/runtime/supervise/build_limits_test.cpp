#include "runtime/supervise/build_limits.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/runtime/state/temporary_folder.hpp"

namespace runtime::supervise {
namespace {

using state::test::contents;
using state::test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> written(const config::BuildSettings& settings, Hierarchy hierarchy, bool lift = false) {
  std::vector<std::string> lines;
  for (const auto& [file, value, needed] : values_of(settings, hierarchy, lift))
    lines.push_back(file + "=" + value + (needed ? "" : "?"));
  return lines;
}

config::BuildSettings limited() {
  config::BuildSettings settings;
  settings.cpus = 1.5;
  settings.memory = config::mebibytes(256);
  settings.control_group = "g/b";
  return settings;
}

TEST(BuildLimits, without_a_wish_only_the_shares_are_low) {
  config::BuildSettings settings;
  settings.cpu_shares = 2;
  EXPECT_THAT(written(settings, Hierarchy::v1), ElementsAre("cpu/docker/buildkit/cpu.shares=2"));
  EXPECT_THAT(written(settings, Hierarchy::v2), ElementsAre("docker/buildkit/cpu.weight=1"));
  settings.cpu_shares = 1024;
  EXPECT_THAT(written(settings, Hierarchy::v2), ElementsAre("docker/buildkit/cpu.weight=39"));
}

TEST(BuildLimits, hard_limits_stand_in_the_files_of_either_hierarchy) {
  EXPECT_THAT(written(limited(), Hierarchy::v1),
              ElementsAre("cpu/g/b/cpu.shares=20", "cpu/g/b/cpu.cfs_period_us=100000", "cpu/g/b/cpu.cfs_quota_us=150000",
                          "memory/g/b/memory.memsw.limit_in_bytes=-1?", "memory/g/b/memory.limit_in_bytes=268435456",
                          "memory/g/b/memory.memsw.limit_in_bytes=269484032?"));
  EXPECT_THAT(written(limited(), Hierarchy::v2), ElementsAre("g/b/cpu.weight=1", "g/b/cpu.max=150000 100000",
                                                             "g/b/memory.max=268435456", "g/b/memory.swap.max=0?"));
}

TEST(BuildLimits, a_small_part_of_a_cpu_is_the_least_that_the_kernel_takes) {
  config::BuildSettings settings;
  settings.cpus = 0.001;
  EXPECT_THAT(written(settings, Hierarchy::v2), testing::Contains("docker/buildkit/cpu.max=1000 100000"));
}

TEST(BuildLimits, what_was_ours_is_lifted) {
  const config::BuildSettings none;
  EXPECT_THAT(
      written(none, Hierarchy::v1, true),
      ElementsAre("cpu/docker/buildkit/cpu.shares=20", "cpu/docker/buildkit/cpu.cfs_quota_us=-1",
                  "memory/docker/buildkit/memory.memsw.limit_in_bytes=-1?", "memory/docker/buildkit/memory.limit_in_bytes=-1"));
  EXPECT_THAT(written(none, Hierarchy::v2, true),
              ElementsAre("docker/buildkit/cpu.weight=1", "docker/buildkit/cpu.max=max 100000",
                          "docker/buildkit/memory.max=max", "docker/buildkit/memory.swap.max=max?"));
}

TEST(BuildLimits, are_written_before_the_engine_has_made_its_group) {
  const TemporaryFolder mount;
  std::filesystem::create_directory(mount.path() / "cpu");
  BuildLimits limits(limited(), mount.path() / "mark", mount.path());
  EXPECT_EQ(limits.put_in_force(), "");
  EXPECT_EQ(contents(mount.path() / "cpu/g/b/cpu.shares"), "20");
  EXPECT_EQ(contents(mount.path() / "memory/g/b/memory.limit_in_bytes"), "268435456");
  EXPECT_EQ(limits.told(), "cpu_shares 20, cpu 1.5, memory 256Mi (control group g/b)");
  EXPECT_FALSE(limits.broken());
}

TEST(BuildLimits, of_one_tree_are_asked_of_the_groups_above) {
  const TemporaryFolder mount;
  std::ofstream(mount.path() / "cgroup.controllers") << "cpu memory";
  BuildLimits limits(limited(), mount.path() / "mark", mount.path());
  EXPECT_EQ(limits.put_in_force(), "");
  EXPECT_EQ(contents(mount.path() / "cgroup.subtree_control"), "+cpu +memory");
  EXPECT_EQ(contents(mount.path() / "g/cgroup.subtree_control"), "+cpu +memory");
  EXPECT_FALSE(std::filesystem::exists(mount.path() / "g/b/cgroup.subtree_control")) << "processes are below it";
  EXPECT_EQ(contents(mount.path() / "g/b/memory.max"), "268435456");
}

TEST(BuildLimits, that_an_operator_set_by_hand_stay_and_our_own_go_with_the_wish) {
  const TemporaryFolder mount;
  std::filesystem::create_directory(mount.path() / "cpu");
  std::filesystem::create_directories(mount.path() / "memory/g/b");
  const auto file = mount.path() / "memory/g/b/memory.limit_in_bytes";
  std::ofstream(file) << "4096";
  config::BuildSettings none;
  none.control_group = "g/b";

  BuildLimits(none, mount.path() / "mark", mount.path()).put_in_force();
  EXPECT_EQ(contents(file), "4096");

  BuildLimits(limited(), mount.path() / "mark", mount.path()).put_in_force();
  EXPECT_EQ(contents(file), "268435456");

  BuildLimits(none, mount.path() / "mark", mount.path()).put_in_force();
  EXPECT_EQ(contents(file), "-1");
  std::ofstream(file) << "4096";
  BuildLimits(none, mount.path() / "mark", mount.path()).put_in_force();
  EXPECT_EQ(contents(file), "4096") << "it is lifted once";
}

TEST(BuildLimits, that_cannot_be_written_are_told_with_the_file) {
  const TemporaryFolder mount;
  BuildLimits nowhere(limited(), mount.path() / "mark", mount.path() / "nothing");
  EXPECT_THAT(nowhere.put_in_force(), HasSubstr("shows no control groups"));
  EXPECT_TRUE(nowhere.broken());

  std::filesystem::create_directories(mount.path() / "cpu/g/b/cpu.shares");  // a folder cannot be written
  BuildLimits limits(limited(), mount.path() / "mark", mount.path());
  EXPECT_THAT(limits.put_in_force(), HasSubstr("cpu/g/b/cpu.shares: Is a directory"));
  EXPECT_THAT(limits.told(), HasSubstr("not limited, because "));
  config::BuildSettings none;
  none.control_group = "g/b";
  BuildLimits soft(none, mount.path() / "mark", mount.path());
  soft.put_in_force();
  EXPECT_FALSE(soft.broken()) << "nobody asked for more";
}

TEST(BuildLimits, an_engine_whose_builds_cannot_be_limited_is_left_alone) {
  engine::Info engine;
  EXPECT_EQ(why_unlimited(true, true, engine), "");
  EXPECT_THAT(why_unlimited(false, true, engine), HasSubstr("root"));
  EXPECT_THAT(why_unlimited(true, false, engine), HasSubstr("elsewhere"));
  engine.cgroup_driver = "systemd";
  EXPECT_THAT(why_unlimited(true, true, engine), HasSubstr("systemd"));

  const TemporaryFolder mount;
  std::filesystem::create_directory(mount.path() / "cpu");
  BuildLimits limits(limited(), mount.path() / "mark", mount.path());
  limits.engine_answers(true, true, engine);
  EXPECT_THAT(limits.told(), HasSubstr("systemd"));
  EXPECT_TRUE(limits.broken());
  EXPECT_FALSE(std::filesystem::exists(mount.path() / "cpu/g"));
}

TEST(BuildLimits, a_build_wanted_more_when_the_kernel_says_so) {
  EXPECT_TRUE(wanted_more({5, 0}, {6, 0}, true));
  EXPECT_FALSE(wanted_more({5, 0}, {6, 0}, false)) << "what is cached meets the limit too";
  EXPECT_FALSE(wanted_more({5, 0}, {5, 0}, true)) << "somebody else killed it";
  EXPECT_TRUE(wanted_more({5, 1}, {6, 2}, false)) << "a program in the middle of a pipe";
  EXPECT_FALSE(wanted_more({5, 1}, {5, 2}, false)) << "of somebody else";
  EXPECT_TRUE(says_killed("Dockerfile:2: executor failed running [/bin/sh -c x]: exit code: 137"));
  EXPECT_TRUE(says_killed("Killed"));
  EXPECT_FALSE(says_killed("exit code: 1"));
}

TEST(BuildLimits, a_build_that_wanted_more_is_told_so_with_the_limit) {
  const TemporaryFolder mount;
  std::filesystem::create_directory(mount.path() / "cpu");
  std::ofstream(mount.path() / "vmstat") << "nr_free_pages 1\noom_kill 3\n";
  BuildLimits limits(limited(), mount.path() / "mark", mount.path(), mount.path() / "vmstat");
  limits.put_in_force();
  std::ofstream(mount.path() / "memory/g/b/memory.failcnt") << "7\n";
  const MemoryCounts before = limits.counts();
  EXPECT_EQ(before.refusals, 7U);
  EXPECT_EQ(before.kills, 3U);
  const engine::Error failed{400, "exit code: 137", "h"};

  EXPECT_EQ(limits.explained(failed, before, false).message, "exit code: 137");

  std::ofstream(mount.path() / "memory/g/b/memory.failcnt") << "9\n";
  const auto told = limits.explained(failed, before, false);
  EXPECT_EQ(told.message, "the build needs more than build.memory = 256Mi: exit code: 137");
  EXPECT_THAT(told.hint, HasSubstr("build: {memory"));
  EXPECT_EQ(limits.explained({400, "exit code: 1", ""}, before, false).message, "exit code: 1");
}

TEST(BuildLimits, kills_of_one_tree_are_counted) {
  const TemporaryFolder mount;
  std::filesystem::create_directories(mount.path() / "g/b");
  std::ofstream(mount.path() / "g/b/memory.events") << "low 0\nhigh 0\nmax 9\noom 3\noom_kill 2\noom_group_kill 0\n";
  const auto counts = BuildLimits(limited(), mount.path() / "mark", mount.path()).counts();
  EXPECT_EQ(counts.refusals, 9U);
  EXPECT_EQ(counts.kills, 2U) << "not those of the machine";
}

}  // namespace
}  // namespace runtime::supervise
