#include "runtime/supervise/gpu_pool.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

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

const Gpu first{"0", "GPU-9fc9aaaa-0000-0000-0000-000000000001", "NVIDIA H200"};
const Gpu second{"1", "GPU-9fc9bbbb-0000-0000-0000-000000000002", "NVIDIA H200"};

TEST(GpuPool, a_gpu_has_two_names_and_is_one) {
  GpuPool pool({"0", "1"}, {first, second});
  EXPECT_EQ(pool.take(these({second.uuid}), "a"), (Ids{"1"}));
  EXPECT_EQ(pool.take(these({"1"}), "b"), std::nullopt);
  EXPECT_EQ(pool.take(these({"0"}), "b"), (Ids{"0"}));
  EXPECT_EQ(pool.take(these({first.uuid}), "c"), std::nullopt);
  EXPECT_FALSE(pool.can_ever(these({"0", first.uuid}))) << "the same one twice";
  EXPECT_FALSE(pool.can_ever(these({"GPU-77777777"})));
}

TEST(GpuPool, the_beginning_of_a_uuid_is_enough_where_it_means_one) {
  const GpuPool pool({"0", "1"}, {first, second});
  EXPECT_TRUE(pool.can_ever(these({"GPU-9fc9b"})));
  EXPECT_FALSE(pool.can_ever(these({"GPU-9fc9"})));
  EXPECT_FALSE(pool.can_ever(these({"GPU-"})));
  EXPECT_FALSE(GpuPool({"0"}, {first}).can_ever(these({"GPU-"}))) << "not even where there is one only";
}

TEST(GpuPool, a_node_file_may_use_either_name) {
  GpuPool pool({second.uuid}, {first, second});
  EXPECT_FALSE(pool.can_ever(these({"0"}))) << "not this node's to give";
  EXPECT_EQ(pool.take(these({"1"}), "a"), (Ids{second.uuid}));
}

TEST(GpuPool, one_that_a_node_file_names_twice_is_one) {
  EXPECT_EQ(GpuPool({"0", first.uuid, "1"}, {first, second}).size(), 2U);
}

TEST(GpuPool, what_a_container_has_by_another_name_is_taken_and_what_is_not_ours_does_not_count) {
  GpuPool pool({"0", "1"}, {first, second});
  pool.adopt({first.uuid, "7"}, "a");
  EXPECT_EQ(pool.free(), 1U);
  EXPECT_EQ(pool.take(number(1), "b"), (Ids{"1"}));
}

class Driver : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "gpusXXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void shows(const std::string& address, const std::string& information) {
    std::filesystem::create_directories(folder_ / address);
    std::ofstream(folder_ / address / "information") << information;
  }
  std::filesystem::path folder_;
};

TEST_F(Driver, gpus_are_numbered_in_the_order_of_the_bus) {
  shows("0000:41:00.0", "Model: \t\t NVIDIA A100\nIRQ:   \t\t 35\nGPU UUID: \t GPU-bbbb\nBus Location: \t 0000:41:00.0\n");
  shows("0000:06:00.0", "Model: \t\t NVIDIA H200\nGPU UUID: \t GPU-aaaa\nGPU Excluded:\t No\n");
  shows("0000:c1:00.0", "Model: \t\t NVIDIA L4\nGPU UUID: \t GPU-" + std::string(8, '?') + "\n");

  const auto gpus = gpus_of_this_machine(folder_);

  ASSERT_EQ(gpus.size(), 3U);
  EXPECT_EQ(gpus[0].number + gpus[0].uuid + gpus[0].model, "0GPU-aaaaNVIDIA H200");
  EXPECT_EQ(gpus[1].number + gpus[1].uuid + gpus[1].model, "1GPU-bbbbNVIDIA A100");
  EXPECT_EQ(gpus[2].number + gpus[2].uuid, "2") << "the driver has not started it yet";
}

TEST_F(Driver, one_that_is_kept_from_programs_is_not_there) {
  shows("0000:06:00.0", "GPU UUID: \t GPU-aaaa\nGPU Excluded:\t Yes\n");
  shows("0000:41:00.0", "GPU UUID: \t GPU-bbbb\nGPU Excluded:\t No\n");

  auto pool = pool_of({}, folder_);

  EXPECT_EQ(pool.size(), 1U);
  EXPECT_EQ(pool.take(these({"GPU-bbbb"}), "a"), (Ids{"0"}));
}

TEST(GpuPool, says_who_has_which) {
  GpuPool pool({"0", "1", "2"});
  ASSERT_TRUE(pool.take(number(2), "a"));
  EXPECT_EQ(pool.held_by("a"), (Ids{"0", "1"}));
  EXPECT_EQ(pool.held_by("b"), Ids{});
}

TEST(GpuPool, gpus_are_told_by_number_and_model) {
  EXPECT_EQ(in_words({}), "");
  EXPECT_EQ(in_words({first}), "1 GPU (NVIDIA H200)");
  EXPECT_EQ(in_words({first, second, {"2", "", "NVIDIA L4"}}), "3 GPUs (NVIDIA H200, NVIDIA L4)");
  EXPECT_EQ(in_words({{"0", "", ""}}), "1 GPU");
}

TEST_F(Driver, without_it_nothing_is_known_but_what_the_node_file_says) {
  EXPECT_FALSE(pool_of({}, folder_ / "none").known());
  EXPECT_EQ(pool_of({"0", "1"}, folder_ / "none").size(), 2U);
}

TEST(GpuPool, ids_are_written_into_a_label_and_read_from_it) {
  EXPECT_EQ(split_ids(join_ids({"0", "GPU-1"})), (Ids{"0", "GPU-1"}));
  EXPECT_EQ(split_ids(""), Ids{});
}

}  // namespace
}  // namespace runtime::supervise
