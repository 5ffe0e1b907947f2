#include "runtime/supervise/replica_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace runtime::supervise {
namespace {

ReplicaPlan plan() {
  ReplicaPlan made;
  made.instance = "01234567-89ab-cdef-0123-456789abcdef";
  made.space.id = "ann/demo";
  made.space.subdomain = "ann-demo";
  made.space.hardware = "t4-small";
  made.card.title = "My demo";
  made.card.app_port = 8000;
  made.deployment = 3;
  made.serial = 2;
  made.image = "sha256:1";
  made.domain = "example.test";
  made.limits = {1.5, config::gibibytes(4), 512};
  made.network = "spaceport-01234567";
  return made;
}

bool has(const std::vector<std::string>& lines, const std::string& line) {
  return std::count(lines.begin(), lines.end(), line) == 1;
}

bool names(const std::vector<std::string>& lines, const std::string& key) {
  return std::any_of(lines.begin(), lines.end(), [&](const auto& line) { return line.starts_with(key + "="); });
}

TEST(Environment, says_who_and_where_the_space_is) {
  const auto env = environment(plan());
  for (const char* line : {"SPACE_ID=ann/demo", "SPACE_AUTHOR_NAME=ann", "SPACE_REPO_NAME=demo", "SPACE_TITLE=My demo",
                           "SPACE_HOST=ann-demo.example.test", "SPACE_CREATOR_USER_ID=0123456789abcdef01234567", "CPU_CORES=2",
                           "MEMORY=4Gi", "ACCELERATOR=none", "SYSTEM=spaces", "PORT=8000"}) {
    EXPECT_TRUE(has(env, line)) << line;
  }
  EXPECT_FALSE(names(env, "PERSISTENT_STORAGE_ENABLED"));
}

TEST(Environment, tells_of_storage_and_of_the_accelerator_only_where_they_are) {
  auto with = plan();
  with.space.storage_bytes = 1;
  with.gpus.count = 1;
  const auto env = environment(with);
  EXPECT_TRUE(has(env, "PERSISTENT_STORAGE_ENABLED=true"));
  EXPECT_TRUE(has(env, "ACCELERATOR=t4-small"));
}

TEST(Environment, a_secret_wins_over_a_variable_and_a_variable_over_the_platform) {
  auto with = plan();
  with.variables = {{"MODE", "variable"}, {"PORT", "9"}};
  with.secrets.emplace_back("MODE", state::SecretValue("secret"));
  const auto env = environment(with);
  EXPECT_TRUE(has(env, "MODE=secret"));
  EXPECT_FALSE(has(env, "MODE=variable"));
  EXPECT_TRUE(has(env, "PORT=9"));
}

TEST(Environment, signing_in_needs_a_provider_and_gets_the_scopes_of_the_front_matter) {
  auto with = plan();
  with.card.oauth.enabled = true;
  with.card.oauth.scopes = {"email", "read-repos"};
  EXPECT_FALSE(names(environment(with), "OAUTH_SCOPES")) << "an app would take it for a provider";

  with.variables = {{"OAUTH_CLIENT_ID", "x"}, {"OPENID_PROVIDER_URL", "https://id.example.test"}};
  with.secrets.emplace_back("OAUTH_CLIENT_SECRET", state::SecretValue("y"));

  EXPECT_TRUE(has(environment(with), "OAUTH_SCOPES=openid profile email read-repos"));
  with.card.oauth.enabled = false;
  EXPECT_FALSE(names(environment(with), "OAUTH_SCOPES"));
}

TEST(Environment, nobody_changes_who_the_space_is) {
  auto with = plan();
  with.variables = {{"SPACE_ID", "eve/other"}};
  with.secrets.emplace_back("SPACE_HOST", state::SecretValue("elsewhere"));
  const auto env = environment(with);
  EXPECT_TRUE(has(env, "SPACE_ID=ann/demo"));
  EXPECT_TRUE(has(env, "SPACE_HOST=ann-demo.example.test"));
}

TEST(ContainerSpec, has_no_rights) {
  const auto spec = container_spec(plan());
  EXPECT_EQ(spec.user, "1000");
  EXPECT_EQ(spec.cap_drop, std::vector<std::string>{"ALL"});
  EXPECT_TRUE(spec.cap_add.empty());
  EXPECT_EQ(spec.security_opt, std::vector<std::string>{"no-new-privileges"});
}

TEST(Identity, is_of_what_a_running_container_cannot_change) {
  const auto before = identity(plan());
  auto same = plan();
  same.serial = 99;
  same.slot = 2;
  same.deployment = 77;
  same.mark = "mark";
  same.card.routes.push_back({"/api", 8000, false, 0});
  same.card.custom_headers = {{"a", "b"}};
  EXPECT_EQ(identity(same), before);

  const auto differs = [&](auto change) {
    auto changed = plan();
    change(changed);
    return identity(changed) != before;
  };
  EXPECT_TRUE(differs([](ReplicaPlan& p) { p.image = "sha256:other"; }));
  EXPECT_TRUE(differs([](ReplicaPlan& p) { p.variables["NEW"] = "1"; }));
  EXPECT_TRUE(differs([](ReplicaPlan& p) { p.secrets.emplace_back("KEY", state::SecretValue("v")); }));
  EXPECT_TRUE(differs([](ReplicaPlan& p) { p.limits.memory.count += 1; }));
  EXPECT_TRUE(differs([](ReplicaPlan& p) { p.gpus.count = 1; }));
  EXPECT_TRUE(differs([](ReplicaPlan& p) { p.network = "none"; }));
  EXPECT_TRUE(differs([](ReplicaPlan& p) { p.space.storage_bytes = p.space.storage_bytes == 0 ? 1 : 0; }));
  EXPECT_TRUE(differs([](ReplicaPlan& p) { p.card.app_port = 8888; }));
}

TEST(ContainerSpec, has_limits_rotated_logs_and_our_labels) {
  auto with = plan();
  with.defaults.log_max_size = config::mebibytes(2);
  with.defaults.log_max_files = 5;
  const auto spec = container_spec(with);
  EXPECT_EQ(spec.memory, 4ULL << 30);
  EXPECT_EQ(spec.nano_cpus, 1'500'000'000);
  EXPECT_EQ(spec.pids_limit, 512);
  EXPECT_EQ(spec.log_max_size, "2048k");
  EXPECT_EQ(spec.log_max_files, "5");
  EXPECT_EQ(spec.network_mode, "spaceport-01234567");
  EXPECT_EQ(spec.name, "spaceport-01234567-ann--demo-3-2");
  const engine::Labels labels{
      {instance_label, with.instance}, {space_label, "ann/demo"}, {deployment_label, "3"}, {replica_label, "0"}};
  EXPECT_EQ(spec.labels, labels);
}

TEST(ContainerSpec, mounts_what_the_plan_says) {
  EXPECT_TRUE(container_spec(plan()).mounts.empty());
  auto with = plan();
  with.mounts = {{"/data", "of-a", {}, {}, 1, false, false}, {"/models", {}, "/srv/models", "models", 0, true, true}};
  const auto spec = container_spec(with);
  ASSERT_EQ(spec.mounts.size(), 2U);
  EXPECT_EQ(spec.mounts[0].target, "/data");
  EXPECT_EQ(spec.mounts[0].source, "of-a");
  EXPECT_EQ(spec.mounts[0].kind, engine::Mount::Kind::volume);
  EXPECT_FALSE(spec.mounts[0].read_only);
  EXPECT_EQ(spec.mounts[1].kind, engine::Mount::Kind::bind);
  EXPECT_EQ(spec.mounts[1].source, "/srv/models");
  EXPECT_TRUE(spec.mounts[1].read_only);
  EXPECT_NE(identity(with), identity(plan()));
}

TEST(ContainerSpec, asks_for_devices_only_with_gpus) {
  EXPECT_TRUE(container_spec(plan()).device_requests.empty());
  auto with = plan();
  with.gpus.count = 2;
  EXPECT_EQ(container_spec(with).device_requests.at(0).count, 2);
  with.gpus = {true, 0, {}};
  EXPECT_EQ(container_spec(with).device_requests.at(0).count, -1);
}

TEST(ContainerSpec, no_variable_gets_a_gpu_from_a_runtime_that_gives_to_whoever_names_one) {
  auto with = plan();
  with.variables = {{"NVIDIA_VISIBLE_DEVICES", "all"}};
  EXPECT_TRUE(has(container_spec(with).env, "NVIDIA_VISIBLE_DEVICES=all")) << "the owner's, where it does nothing";
  with.nvidia_runtime = true;
  EXPECT_TRUE(has(container_spec(with).env, "NVIDIA_VISIBLE_DEVICES=void"));
  with.gpus.ids = {"1", "GPU-2"};
  EXPECT_TRUE(has(container_spec(with).env, "NVIDIA_VISIBLE_DEVICES=1,GPU-2"));
  with.gpus = {false, 2, {}};
  for (const auto& line : container_spec(with).env) EXPECT_FALSE(line.starts_with("NVIDIA_VISIBLE_DEVICES=")) << line;
}

TEST(ContainerSpec, publishes_on_the_loopback_only_where_it_must) {
  EXPECT_TRUE(container_spec(plan()).ports.empty());
  auto with = plan();
  with.publish = true;
  with.card.expose = {9000, 8000};
  const auto spec = container_spec(with);
  ASSERT_EQ(spec.ports.size(), 2U);
  for (const auto& port : spec.ports) EXPECT_EQ(port.host_ip, "127.0.0.1");
}

}  // namespace
}  // namespace runtime::supervise
