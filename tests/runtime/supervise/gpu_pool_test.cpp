#include "runtime/supervise/gpu_pool.hpp"

#include <gtest/gtest.h>

namespace runtime::supervise {
namespace {

using Ids = std::vector<std::string>;

Gpus number(unsigned count) { return {false, count, {}}; }
Gpus all() { return {true, 0, {}}; }
Gpus these(Ids ids) { return {false, 0, std::move(ids)}; }

TEST(GpuPool, gives_none_twice) {
  GpuPool pool({"0", "1", "2"});
  EXPECT_EQ(pool.take(number(2), "a"), (Ids{"0", "1"}));
  EXPECT_EQ(pool.take(number(2), "b"), std::nullopt);
  EXPECT_EQ(pool.take(number(1), "b"), (Ids{"2"}));
  EXPECT_EQ(pool.free(), 0U);
  pool.release("a");
  EXPECT_EQ(pool.take(these({"1"}), "c"), (Ids{"1"}));
  EXPECT_EQ(pool.take(these({"1"}), "d"), std::nullopt);
}

TEST(GpuPool, all_are_all_that_there_are) {
  GpuPool pool({"0", "1"});
  ASSERT_TRUE(pool.take(number(1), "a"));
  EXPECT_FALSE(pool.take(all(), "b"));
  pool.release("a");
  EXPECT_EQ(pool.take(all(), "b"), (Ids{"0", "1"}));
}

TEST(GpuPool, knows_what_will_never_fit) {
  const GpuPool pool({"0", "1"});
  EXPECT_TRUE(pool.can_ever(number(2)));
  EXPECT_FALSE(pool.can_ever(number(3)));
  EXPECT_FALSE(pool.can_ever(these({"7"})));
}

TEST(GpuPool, knows_whether_a_holder_stands_in_its_own_way) {
  GpuPool pool({"0", "1"});
  pool.adopt({"0"}, "mine");
  pool.adopt({"1"}, "other");
  EXPECT_TRUE(pool.would_fit_without(number(1), "mine"));
  EXPECT_FALSE(pool.would_fit_without(number(2), "mine"));
}

TEST(GpuPool, a_holder_may_change_its_name) {
  GpuPool pool({"0"});
  ASSERT_TRUE(pool.take(number(1), "start"));
  pool.rename("start", "container");
  pool.release("start");
  EXPECT_EQ(pool.free(), 0U);
  pool.release("container");
  EXPECT_EQ(pool.free(), 1U);
}

TEST(GpuPool, ids_are_written_into_a_label_and_read_from_it) {
  EXPECT_EQ(split_ids(join_ids({"0", "GPU-1"})), (Ids{"0", "GPU-1"}));
  EXPECT_EQ(split_ids(""), Ids{});
}

}  // namespace
}  // namespace runtime::supervise
