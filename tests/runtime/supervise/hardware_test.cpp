#include "runtime/supervise/hardware.hpp"

#include <gmock/gmock.h>

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

TEST(Hardware, that_is_suggested_is_said_with_what_gives_it) {
  auto node = config::default_node_file();
  EXPECT_EQ(hardware_hint("a/b", "", node), "");
  EXPECT_THAT(hardware_hint("a/b", "t4-small", node),
              testing::AllOf(testing::HasSubstr("t4-small (4 CPUs, 15Gi of memory, 1 GPU)"),
                             testing::HasSubstr("`spaceport hardware a/b t4-small`")));
  EXPECT_THAT(hardware_hint("a/b", "t4-smal", node),
              testing::AllOf(testing::HasSubstr("`t4-smal`, which this node does not have; did you mean \"t4-small\"?"),
                             testing::HasSubstr("cpu-basic, cpu-upgrade")));
  node.flavors = {{"ours", 1, config::gibibytes(1), 0, {}, {}}};
  EXPECT_THAT(hardware_hint("a/b", "ours", node), testing::HasSubstr("ours (1 CPUs, 1Gi of memory)"));
  EXPECT_THAT(hardware_hint("a/b", "t4-small", node), testing::HasSubstr("does not have"));
}

}  // namespace
}  // namespace runtime::supervise
