#include "runtime/supervise/reclaim.hpp"

#include <gtest/gtest.h>

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "tests/runtime/state/temporary_folder.hpp"

namespace runtime::supervise {
namespace {

using state::test::contents;
using state::test::TemporaryFolder;

constexpr std::uint64_t mebibyte = 1 << 20;

void put(const std::filesystem::path& file, const std::string& text) { std::ofstream(file) << text; }

/// A folder that looks like a group of version 2, as the engine makes it for a container with a limit.
class UnifiedGroup {
 public:
  UnifiedGroup() {
    put(file("memory.max"), "67108864\n");
    put(file("memory.swap.max"), "0\n");
    put(file("memory.current"), "1048576\n");
  }
  std::filesystem::path file(const char* name) const { return folder_.path() / name; }
  MemoryGroup group() const { return {folder_.path(), true}; }

 private:
  TemporaryFolder folder_;
};

TEST(Reclaim, finds_the_group_that_bears_the_containers_name) {
  const auto first = memory_group("4:memory:/docker/abc\n2:cpu,cpuacct:/docker/abc\n0::/\n", "abc", "/c");
  EXPECT_EQ(first, (MemoryGroup{"/c/memory/docker/abc", false}));
  const auto second = memory_group("0::/system.slice/docker-abc.scope\n", "abc", "/c");
  EXPECT_EQ(second, (MemoryGroup{"/c/system.slice/docker-abc.scope", true}));
}

TEST(Reclaim, the_group_with_the_limits_may_be_above_that_of_the_processes) {
  const auto found = memory_group("0::/libpod_parent/libpod-abc/container\n", "abc", "/c");
  EXPECT_EQ(found, (MemoryGroup{"/c/libpod_parent/libpod-abc", true}));
}

TEST(Reclaim, a_process_that_is_somebody_elses_by_now_is_left_alone) {
  EXPECT_FALSE(memory_group("4:memory:/docker/other\n0::/\n", "abc", "/c"));
  EXPECT_FALSE(memory_group("0::/\n", "abc", "/c"));
  EXPECT_FALSE(memory_group("", "abc", "/c"));
  EXPECT_FALSE(memory_group("0::/docker/abc\n", "", "/c")) << "every name contains nothing";
  EXPECT_FALSE(memory_group_of(1 << 30, "abc"));
}

TEST(Reclaim, is_for_what_is_frozen_and_fits_into_swap) {
  Memory machine{100, 50};
  machine.swap_free = 11;
  EXPECT_TRUE(is_worth_taking(machine, 10, true));
  EXPECT_FALSE(is_worth_taking(machine, 10, false)) << "it runs";
  EXPECT_FALSE(is_worth_taking(machine, 11, true)) << "nothing would be left for others";
  EXPECT_FALSE(is_worth_taking(machine, 0, true)) << "there is nothing to take";
  machine.swap_free = 0;
  EXPECT_FALSE(is_worth_taking(machine, 10, true)) << "no swap";
}

TEST(Reclaim, asks_the_file_of_version_1_without_a_number) {
  const TemporaryFolder folder;
  put(folder.path() / "memory.usage_in_bytes", "1048576\n");
  EXPECT_EQ(take_memory({folder.path(), false}, [] { return true; }), "");
  EXPECT_EQ(contents(folder.path() / "memory.force_empty"), "0");
}

TEST(Reclaim, asks_the_file_of_version_2_for_all_that_it_holds) {
  const UnifiedGroup unified;
  EXPECT_EQ(take_memory(unified.group(), [] { return true; }), "");
  EXPECT_EQ(contents(unified.file("memory.reclaim")), "1048576");
}

TEST(Reclaim, has_the_kernel_count_before_it_asks) {
  const UnifiedGroup unified;
  put(unified.file("memory.stat"), "anon 1\n");
  const int watch = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  ASSERT_GE(::inotify_add_watch(watch, unified.file("memory.stat").c_str(), IN_ACCESS), 0);
  take_memory(unified.group(), [] { return true; });
  std::array<char, 4096> events{};
  EXPECT_GT(::read(watch, events.data(), events.size()), 0) << "nobody has read memory.stat";
  ::close(watch);
}

TEST(Reclaim, asks_again_while_much_is_left_but_not_for_ever) {
  const UnifiedGroup unified;
  unsigned asked = 0;
  take_memory(unified.group(), [&] { return ++asked != 0; });
  EXPECT_EQ(asked, 4U) << "nothing was taken";

  asked = 0;
  take_memory(unified.group(), [&] {
    // What the kernel did after the first time.
    if (asked == 1) put(unified.file("memory.current"), "65536\n");
    return ++asked != 0;
  });
  EXPECT_EQ(asked, 2U) << "a sixteenth is left";
}

TEST(Reclaim, ends_as_soon_as_the_container_wakes) {
  const UnifiedGroup unified;
  EXPECT_EQ(take_memory(unified.group(), [] { return false; }), "");
  EXPECT_FALSE(std::filesystem::exists(unified.file("memory.reclaim")));
}

TEST(Reclaim, a_kernel_that_refuses_is_heard) {
  const UnifiedGroup unified;
  std::filesystem::create_directory(unified.file("memory.reclaim"));
  const std::string problem = take_memory(unified.group(), [] { return true; });
  EXPECT_NE(problem.find("memory.reclaim: Is a directory"), std::string::npos) << problem;
}

TEST(Reclaim, what_is_frozen_may_swap_as_much_as_it_may_hold_until_it_runs) {
  const UnifiedGroup unified;
  allow_swap(unified.group());
  EXPECT_EQ(contents(unified.file("memory.swap.max")), "67108864");
  forbid_swap(unified.group());
  EXPECT_EQ(contents(unified.file("memory.swap.max")), "0");
}

TEST(Reclaim, an_allowance_that_is_not_ours_stays) {
  const UnifiedGroup unified;
  for (const char* given : {"max\n", "4096\n"}) {
    put(unified.file("memory.swap.max"), given);
    allow_swap(unified.group());
    EXPECT_EQ(contents(unified.file("memory.swap.max")), given);
    forbid_swap(unified.group());
    EXPECT_EQ(contents(unified.file("memory.swap.max")), given);
  }
}

TEST(Reclaim, without_a_limit_of_memory_there_is_none_of_swap) {
  const UnifiedGroup unified;
  put(unified.file("memory.max"), "max\n");
  for (const char* given : {"max\n", "0\n"}) {
    put(unified.file("memory.swap.max"), given);
    allow_swap(unified.group());
    forbid_swap(unified.group());
    EXPECT_EQ(contents(unified.file("memory.swap.max")), given);
  }
}

TEST(Reclaim, version_1_counts_swap_with_memory_and_needs_no_allowance) {
  const UnifiedGroup looks_like_one;
  const MemoryGroup first{looks_like_one.group().folder, false};
  allow_swap(first);
  EXPECT_EQ(contents(looks_like_one.file("memory.swap.max")), "0\n");
  put(looks_like_one.file("memory.swap.max"), "67108864\n");
  forbid_swap(first);
  EXPECT_EQ(contents(looks_like_one.file("memory.swap.max")), "67108864\n");
}

TEST(Reclaim, what_a_group_holds_is_read_from_either_version) {
  const UnifiedGroup unified;
  EXPECT_EQ(held_by(unified.group()), mebibyte);
  put(unified.file("memory.usage_in_bytes"), "7\n");
  EXPECT_EQ(held_by({unified.group().folder, false}), 7U);
  EXPECT_EQ(held_by({"/nowhere", true}), 0U);
}

}  // namespace
}  // namespace runtime::supervise
