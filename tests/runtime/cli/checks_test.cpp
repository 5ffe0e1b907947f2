#include "runtime/cli/checks.hpp"

#include <gmock/gmock.h>

namespace runtime::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

std::string text(const boost::json::object& finding, const char* key) { return std::string(finding.at(key).as_string()); }
bool ok(const boost::json::object& finding) { return finding.at("ok").as_bool(); }

const std::vector<std::string> llm{"local/llm"};

TEST(GpuFinding, a_node_without_a_gpu_is_healthy_until_a_space_asks_for_one) {
  EXPECT_TRUE(ok(gpu_finding({}, {})));
  EXPECT_THAT(text(gpu_finding({}, {}), "detail"), HasSubstr("none on this node"));

  const auto asked = gpu_finding({}, {"local/llm", "local/tts"});

  EXPECT_FALSE(ok(asked));
  EXPECT_THAT(text(asked, "detail"), HasSubstr("asked for by local/llm, local/tts"));
  EXPECT_THAT(text(asked, "fix"), HasSubstr("spaceport hardware local/llm cpu-basic"));
}

TEST(GpuFinding, a_driver_without_the_toolkit_is_told_to_install_it) {
  const GpusSeen driver_only{true, true, false, "1 GPU (NVIDIA H200)"};
  EXPECT_TRUE(ok(gpu_finding(driver_only, {})));
  EXPECT_THAT(text(gpu_finding(driver_only, {}), "fix"), HasSubstr("nvidia-container-toolkit"));
  EXPECT_EQ(text(gpu_finding(driver_only, {}), "detail"), "1 GPU (NVIDIA H200); the engine cannot hand out GPUs");
  EXPECT_FALSE(ok(gpu_finding(driver_only, llm)));
  EXPECT_THAT(text(gpu_finding(driver_only, llm), "fix"), HasSubstr("nvidia-container-toolkit"));
}

TEST(GpuFinding, what_can_be_handed_out_is_named) {
  const GpusSeen both{true, true, true, "1 GPU (NVIDIA H200)"};
  EXPECT_TRUE(ok(gpu_finding(both, llm)));
  EXPECT_THAT(text(gpu_finding(both, {}), "fix"), IsEmpty());
  EXPECT_EQ(text(gpu_finding(both, {}), "detail"), "1 GPU (NVIDIA H200); the engine can hand them out");
}

TEST(GpuFinding, a_toolkit_without_a_driver_hands_out_nothing) {
  const GpusSeen toolkit_only{true, false, true, ""};
  EXPECT_TRUE(ok(gpu_finding(toolkit_only, {})));
  EXPECT_FALSE(ok(gpu_finding(toolkit_only, llm)));
  EXPECT_THAT(text(gpu_finding(toolkit_only, llm), "fix"), HasSubstr("load NVIDIA's driver"));
}

TEST(GpuFinding, an_engine_elsewhere_is_believed) {
  const GpusSeen elsewhere{false, false, true, ""};
  EXPECT_TRUE(ok(gpu_finding(elsewhere, llm)));
  EXPECT_THAT(text(gpu_finding(elsewhere, {}), "detail"), HasSubstr("the engine can hand out GPUs"));
}

TEST(DialerFinding, one_that_is_needed_and_does_not_answer_is_a_fault) {
  Situation now;
  now.serving = true;
  EXPECT_FALSE(ok(dialer_finding(now, true, "/x/dialer.log")));
  EXPECT_THAT(text(dialer_finding(now, true, "/x/dialer.log"), "fix"), HasSubstr("/x/dialer.log"));

  now.dialer_answers = true;

  EXPECT_TRUE(ok(dialer_finding(now, true, "/x/dialer.log")));
}

TEST(DialerFinding, published_ports_are_a_choice_unless_the_dialer_failed) {
  Situation now;
  now.serving = true;
  now.published = "serve does not run as root";
  EXPECT_TRUE(ok(dialer_finding(now, false, "/x/dialer.log")));
  EXPECT_THAT(text(dialer_finding(now, false, "/x/dialer.log"), "detail"), HasSubstr("serve does not run as root"));

  now.dialer_failed = true;

  EXPECT_FALSE(ok(dialer_finding(now, true, "/x/dialer.log")));
}

TEST(NetworkFinding, rules_that_should_hold_and_do_not_are_a_fault) {
  Situation now;
  EXPECT_TRUE(ok(network_finding(now, "bridge", "")));
  now.serving = true;
  EXPECT_TRUE(ok(network_finding(now, "bridge", "it is not looked at")));

  now.not_fenced = "there is no iptables here";

  EXPECT_FALSE(ok(network_finding(now, "bridge", "")));
  EXPECT_THAT(text(network_finding(now, "bridge", ""), "fix"), HasSubstr("apt-get install iptables"));
}

TEST(NetworkFinding, who_cannot_set_rules_is_told_what_is_open) {
  Situation now;
  EXPECT_TRUE(ok(network_finding(now, "bridge", "serve does not run as root")));
  EXPECT_THAT(text(network_finding(now, "bridge", "serve does not run as root"), "detail"), HasSubstr("does not run as root"));
  now.serving = true;
  now.fence_possible = false;
  now.not_fenced = "Spaces reach the services of this node: serve does not run as root";
  EXPECT_TRUE(ok(network_finding(now, "bridge", "")));
  EXPECT_THAT(text(network_finding(now, "bridge", ""), "detail"), HasSubstr("reach the services"));
  EXPECT_THAT(text(network_finding(now, "bridge", ""), "fix"), HasSubstr("network: none"));
}

TEST(NetworkFinding, a_network_of_the_owners_own_has_rules_of_its_own) {
  EXPECT_THAT(text(network_finding({}, "mine", "anything"), "detail"), HasSubstr("`mine`, whose rules are yours"));
  EXPECT_EQ(text(network_finding({}, "none", "anything"), "detail"), "Spaces have none");
}

TEST(DataFinding, tells_why_data_is_only_looked_at) {
  EXPECT_THAT(text(data_finding("", false), "fix"), IsEmpty());
  EXPECT_THAT(text(data_finding("no loop devices", false), "detail"), HasSubstr("because no loop devices"));
  EXPECT_THAT(text(data_finding("no loop devices", false), "fix"), HasSubstr("e2fsprogs"));
  EXPECT_THAT(text(data_finding("spaceport.yaml says so", true), "fix"), IsEmpty()) << "it was asked for";
}

TEST(UsersFinding, tells_whether_the_engine_remaps_users) {
  engine::Info info;
  EXPECT_THAT(text(users_finding(info), "detail"), HasSubstr("uid 1000 without capabilities"));
  info.security = {"name=userns"};
  info.root_dir = "/var/lib/docker/231072.231072";
  EXPECT_THAT(text(users_finding(info), "detail"), HasSubstr("from 231072 on"));
}

TEST(BuildsFinding, a_wish_that_cannot_be_met_is_a_fault_and_none_is_not) {
  Situation now;
  config::BuildSettings build;
  EXPECT_TRUE(ok(builds_finding(now, build, "serve does not run as root")));
  EXPECT_THAT(text(builds_finding(now, build, "serve does not run as root"), "detail"), HasSubstr("does not run as root"));
  build.memory = config::gibibytes(1);
  EXPECT_FALSE(ok(builds_finding(now, build, "serve does not run as root")));
  EXPECT_THAT(text(builds_finding(now, build, "serve does not run as root"), "fix"), HasSubstr("control_group"));
  EXPECT_TRUE(ok(builds_finding(now, build, "")));

  now.serving = true;
  now.builds = "cpu_shares 20";
  EXPECT_TRUE(ok(builds_finding(now, build, "")));
  EXPECT_EQ(text(builds_finding(now, build, ""), "detail"), "cpu_shares 20");
  now.builds_broken = true;
  EXPECT_FALSE(ok(builds_finding(now, build, "")));
}

}  // namespace
}  // namespace runtime::cli
