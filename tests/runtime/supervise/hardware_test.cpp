#include "runtime/supervise/hardware.hpp"

#include <gtest/gtest.h>

namespace runtime::supervise {
namespace {

TEST(Hardware, limits_come_from_the_flavor_and_never_exceed_the_machine) {
  const auto node = config::default_node_file();
  engine::Info machine;
  EXPECT_EQ(limits_of("cpu-upgrade", node, machine).cpus, 8);
  EXPECT_EQ(limits_of("", node, machine).cpus, node.defaults.cpus);
  machine.cpus = 2;
  machine.memory = 1U << 30;
  EXPECT_EQ(limits_of("cpu-upgrade", node, machine).cpus, 2);
  EXPECT_EQ(limits_of("cpu-upgrade", node, machine).memory.count, 1U << 30);
}

TEST(Hardware, what_may_be_written_comes_from_the_flavor_or_the_node) {
  auto node = config::default_node_file();
  node.defaults.disk = config::gibibytes(7);
  EXPECT_EQ(limits_of("", node, {}).disk, config::gibibytes(7));
  EXPECT_EQ(limits_of("t4-medium", node, {}).disk, config::gibibytes(100));
}

TEST(Hardware, gpus_are_a_number_or_all_else_those_of_the_flavor) {
  const auto node = config::default_node_file();
  EXPECT_EQ(parse_gpus("", "l4x4", node)->count, 4U);
  EXPECT_EQ(parse_gpus("1", "l4x4", node)->count, 1U);
  EXPECT_TRUE(parse_gpus("all", "", node)->all);
  EXPECT_FALSE(parse_gpus("0", "l4x4", node)->any());
  EXPECT_EQ(parse_gpus("device=2,0", "l4x4", node)->ids, (std::vector<std::string>{"2", "0"}));
  EXPECT_TRUE(parse_gpus("device=GPU-8a56a4bc", "", node)->any());
  for (const char* bad : {"-1", "65", "two", "1x", " 1", "device=", "device=0,", "device=0,0", "device=/dev/x", "device=0, 1"})
    EXPECT_FALSE(parse_gpus(bad, "", node)) << bad;
}

}  // namespace
}  // namespace runtime::supervise
