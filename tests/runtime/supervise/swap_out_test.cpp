#include "runtime/supervise/swap_out.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <fstream>

#include "tests/gateway/net/loop.hpp"
#include "tests/runtime/state/temporary_folder.hpp"

namespace runtime::supervise {
namespace {

using state::test::contents;
using state::test::TemporaryFolder;

constexpr std::uint64_t plenty = 1ULL << 40;

/// A machine whose containers are folders that look like groups of version 2.
class Containers {
 public:
  explicit Containers(std::uint64_t swap_free = plenty) : swap_free_(swap_free) {}

  void add(const std::string& container) const {
    std::filesystem::create_directory(folder_.path() / container);
    std::ofstream(file(container, "memory.max")) << "67108864\n";
    std::ofstream(file(container, "memory.swap.max")) << "0\n";
    std::ofstream(file(container, "memory.current")) << "1048576\n";
  }
  /// One that the kernel takes long for: whoever writes waits for a reader.
  void add_slow(const std::string& container) const {
    add(container);
    ASSERT_EQ(::mkfifo(file(container, "memory.reclaim").c_str(), 0600), 0);
  }
  std::filesystem::path file(const std::string& container, const char* name) const { return folder_.path() / container / name; }
  std::string swap_max(const std::string& container) const { return contents(file(container, "memory.swap.max")); }

  SwapOut::Machine machine() {
    const auto group = [this](std::int64_t, const std::string& container) {
      ++asked;
      return std::optional(MemoryGroup{folder_.path() / container, true});
    };
    return {group, [this] {
              Memory memory;
              memory.swap_free = swap_free_;
              return memory;
            }};
  }
  std::atomic<unsigned> asked = 0;  ///< for how many it was begun

 private:
  TemporaryFolder folder_;
  std::uint64_t swap_free_;
};

class SwapOutTest : public testing::Test {
 protected:
  bool taken(const std::string& container) {
    return loop_.until([&] { return contents(containers_.file(container, "memory.reclaim")) == "1048576"; });
  }
  /// Whoever comes after has found its thread free.
  void ends_before(SwapOut& swap_out, const std::string& next) {
    containers_.add(next);
    swap_out.frozen(next, 1);
    ASSERT_TRUE(taken(next));
  }

  gw::net::test::Loop loop_;
  Containers containers_;
};

TEST_F(SwapOutTest, takes_the_memory_of_what_is_frozen_and_forbids_swap_again_when_it_runs) {
  SwapOut swap_out(loop_.worker, containers_.machine());
  containers_.add("a");
  swap_out.frozen("a", 1);
  ASSERT_TRUE(taken("a"));
  ends_before(swap_out, "b");
  EXPECT_EQ(containers_.swap_max("a"), "67108864") << "what the kernel takes may still be written out";

  swap_out.leaves("a");

  EXPECT_TRUE(loop_.until([&] { return containers_.swap_max("a") == "0"; }));
}

TEST_F(SwapOutTest, nobody_waits_for_the_kernel_and_who_wakes_breaks_it_off) {
  SwapOut swap_out(loop_.worker, containers_.machine());
  containers_.add_slow("a");
  swap_out.frozen("a", 1);
  ASSERT_TRUE(loop_.until([&] { return containers_.swap_max("a") == "67108864"; }));

  swap_out.leaves("a");

  EXPECT_TRUE(loop_.until([&] { return containers_.swap_max("a") == "0"; }));
  ends_before(swap_out, "b");
}

TEST_F(SwapOutTest, one_after_the_other_and_who_wakes_before_his_turn_is_left_alone) {
  SwapOut swap_out(loop_.worker, containers_.machine());
  containers_.add_slow("a");
  containers_.add("b");
  swap_out.frozen("a", 1);
  swap_out.frozen("b", 1);
  ASSERT_TRUE(loop_.until([&] { return containers_.swap_max("a") == "67108864"; }));
  EXPECT_EQ(containers_.asked, 1U) << "two at a time";

  swap_out.leaves("b");
  swap_out.leaves("a");

  ends_before(swap_out, "c");
  EXPECT_EQ(containers_.asked, 2U);
  EXPECT_EQ(containers_.swap_max("b"), "0\n") << "it was touched";
}

TEST_F(SwapOutTest, what_freezes_again_at_once_is_taken_again) {
  SwapOut swap_out(loop_.worker, containers_.machine());
  containers_.add_slow("a");
  swap_out.frozen("a", 1);
  ASSERT_TRUE(loop_.until([&] { return containers_.swap_max("a") == "67108864"; }));
  swap_out.leaves("a");
  swap_out.frozen("a", 1);
  ASSERT_TRUE(loop_.until([&] { return containers_.asked == 2; }));
  EXPECT_TRUE(loop_.until([&] { return containers_.swap_max("a") == "67108864"; }));
}

TEST_F(SwapOutTest, its_end_does_not_wait_for_the_kernel) {
  containers_.add_slow("a");
  containers_.add_slow("b");
  {
    SwapOut swap_out(loop_.worker, containers_.machine());
    swap_out.frozen("a", 1);
    swap_out.frozen("b", 1);
    ASSERT_TRUE(loop_.until([&] { return containers_.swap_max("a") == "67108864"; }));
  }
  EXPECT_EQ(containers_.asked, 1U) << "what waited began all the same";
}

TEST_F(SwapOutTest, its_end_does_not_wait_for_one_that_has_just_left_either) {
  containers_.add_slow("a");
  SwapOut swap_out(loop_.worker, containers_.machine());
  swap_out.frozen("a", 1);
  ASSERT_TRUE(loop_.until([&] { return containers_.swap_max("a") == "67108864"; }));
  swap_out.leaves("a");
}

TEST_F(SwapOutTest, without_room_in_swap_nothing_is_touched) {
  Containers tight(1048576);
  SwapOut swap_out(loop_.worker, tight.machine());
  tight.add("a");
  swap_out.frozen("a", 1);
  ASSERT_TRUE(loop_.until([&] { return tight.asked == 1; }));
  tight.add("b");
  swap_out.frozen("b", 1);
  ASSERT_TRUE(loop_.until([&] { return tight.asked == 2; }));
  EXPECT_FALSE(std::filesystem::exists(tight.file("a", "memory.reclaim")));
  swap_out.leaves("a");
  loop_.settle();
  EXPECT_EQ(tight.swap_max("a"), "0\n");
}

TEST_F(SwapOutTest, of_what_is_not_frozen_nothing_is_known) {
  SwapOut swap_out(loop_.worker, containers_.machine());
  containers_.add("a");
  swap_out.leaves("a");
  loop_.settle();
  EXPECT_EQ(containers_.swap_max("a"), "0\n");
}

}  // namespace
}  // namespace runtime::supervise
