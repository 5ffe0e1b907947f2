#include "runtime/supervise/replica_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "runtime/supervise/gpu_pool.hpp"

namespace runtime::supervise {
namespace {

std::string owner_of(const std::string& id) { return id.substr(0, id.find('/')); }
std::string name_of(const std::string& id) { return id.substr(id.find('/') + 1); }

// `openid profile` always, and what the front matter adds.
std::string scopes_of(const config::SpaceCard& card) {
  std::string scopes = "openid profile";
  for (const auto& scope : card.oauth.scopes) scopes += " " + scope;
  return scopes;
}

// The hub gives 24 hexadecimal digits; here the creator is whoever runs this instance.
std::string creator_id(const std::string& instance) {
  std::string digits;
  for (const char c : instance)
    if (c != '-') digits += c;
  return digits.substr(0, 24);
}

std::string gibibytes_text(std::uint64_t bytes) {
  constexpr std::uint64_t gibibyte = 1ULL << 30;
  if (bytes >= gibibyte) return fmt::format("{}Gi", bytes / gibibyte);
  return fmt::format("{}Mi", bytes >> 20);
}

void set_identity(const ReplicaPlan& plan, std::map<std::string, std::string>& env) {
  env["SPACE_ID"] = plan.space.id;
  env["SPACE_AUTHOR_NAME"] = owner_of(plan.space.id);
  env["SPACE_REPO_NAME"] = name_of(plan.space.id);
  env["SPACE_TITLE"] = plan.card.title.empty() ? name_of(plan.space.id) : plan.card.title;
  env["SPACE_HOST"] = host_of(plan.space, plan.domain);
  env["SPACE_CREATOR_USER_ID"] = creator_id(plan.instance);
}

std::vector<std::string> names_of(const std::vector<std::pair<std::string, state::SecretValue>>& secrets) {
  std::vector<std::string> names;
  for (const auto& [name, value] : secrets) names.push_back(name);
  return names;
}

}  // namespace

std::vector<std::string> missing_oauth(const std::map<std::string, std::string>& variables,
                                       const std::vector<std::string>& secrets) {
  std::vector<std::string> missing;
  for (const char* name : {"OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "OPENID_PROVIDER_URL"}) {
    if (!variables.contains(name) && std::find(secrets.begin(), secrets.end(), name) == secrets.end())
      missing.emplace_back(name);
  }
  return missing;
}

// A runtime of NVIDIA's gives what this variable says, and images set it (`all` in those of NVIDIA's own): with that runtime as the
// engine's default, no Space would have to ask us for a GPU.
void set_devices(const ReplicaPlan& plan, std::map<std::string, std::string>& env) {
  constexpr const char* variable = "NVIDIA_VISIBLE_DEVICES";
  if (plan.gpus.any()) env.erase(variable);  // the engine says it, of what we ask it for
  if (!plan.gpus.ids.empty()) env[variable] = join_ids(plan.gpus.ids);
  if (!plan.gpus.any() && plan.nvidia_runtime) env[variable] = "void";
}

std::vector<std::string> environment(const ReplicaPlan& plan) {
  std::map<std::string, std::string> env;
  env["SYSTEM"] = "spaces";  // very many apps test for exactly this
  env["PORT"] = std::to_string(plan.card.app_port);
  env["CPU_CORES"] = std::to_string(std::max(1L, std::lround(std::ceil(plan.limits.cpus))));
  env["MEMORY"] = gibibytes_text(plan.limits.memory.count);
  env["ACCELERATOR"] = plan.gpus.any() ? (plan.space.hardware.empty() ? "gpu" : plan.space.hardware) : "none";
  if (plan.space.storage_bytes != 0) env["PERSISTENT_STORAGE_ENABLED"] = "true";
  if (plan.card.oauth.enabled && missing_oauth(plan.variables, names_of(plan.secrets)).empty())
    env["OAUTH_SCOPES"] = scopes_of(plan.card);
  for (const auto& [key, value] : plan.variables) env[key] = value;
  for (const auto& [key, value] : plan.secrets) env[key] = std::string(value.reveal());
  set_devices(plan, env);
  set_identity(plan, env);

  std::vector<std::string> lines;
  for (auto& [key, value] : env) {
    lines.push_back(key + "=" + value);
    state::wipe(value);
  }
  return lines;
}

engine::ContainerSpec container_spec(const ReplicaPlan& plan) {
  engine::ContainerSpec spec;
  spec.name = fmt::format("spaceport-{}-{}-{}-{}", plan.instance.substr(0, 8), engine_name(plan.space.id), plan.deployment,
                          plan.serial);
  spec.image = plan.image;
  spec.user = "1000";
  spec.hostname = plan.space.subdomain;
  spec.env = environment(plan);
  spec.labels = {{instance_label, plan.instance},
                 {space_label, plan.space.id},
                 {deployment_label, std::to_string(plan.deployment)},
                 {replica_label, std::to_string(plan.slot)}};
  if (!plan.mark.empty()) spec.labels[plan_label] = plan.mark;
  spec.memory = plan.limits.memory.count;
  spec.nano_cpus = std::llround(plan.limits.cpus * 1e9);
  spec.pids_limit = plan.limits.pids;
  spec.network_mode = plan.network;
  spec.log_max_size = fmt::format("{}k", std::max<std::uint64_t>(1, plan.defaults.log_max_size.count >> 10));
  spec.log_max_files = std::to_string(plan.defaults.log_max_files);
  for (const auto& mount : plan.mounts) {
    if (mount.volume.empty())
      spec.mounts.push_back({engine::Mount::Kind::bind, mount.folder, mount.path, mount.read_only});
    else
      spec.mounts.push_back({engine::Mount::Kind::volume, mount.volume, mount.path, mount.read_only});
  }
  if (plan.gpus.any()) {
    engine::DeviceRequest request;
    // The engine takes one or the other.
    request.ids = plan.gpus.ids;
    request.count = plan.gpus.all ? -1 : static_cast<int>(plan.gpus.count);
    if (!plan.gpus.ids.empty()) spec.labels[gpus_label] = join_ids(plan.gpus.ids);
    spec.device_requests.push_back(std::move(request));
  }
  if (plan.publish) {
    for (const std::uint16_t port : reachable_ports(plan.card)) spec.ports.push_back({port, "127.0.0.1", 0});
  }
  return spec;
}

std::string identity(const ReplicaPlan& plan) {
  auto spec = container_spec(plan);
  std::string text = fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n", spec.image, spec.user, spec.hostname, spec.memory,
                                 spec.nano_cpus, spec.pids_limit, spec.network_mode, spec.log_max_size, spec.log_max_files);
  for (auto& line : spec.env) {
    // A line may hold a line's end: its length keeps two lists apart.
    text += fmt::format("{} {}\n", line.size(), line);
    state::wipe(line);
  }
  for (const auto& mount : spec.mounts) text += fmt::format("{} {} {}\n", mount.source, mount.target, mount.read_only);
  for (const auto& port : spec.ports) text += fmt::format("{}\n", port.container_port);
  text += fmt::format("{} {} {}", plan.gpus.all, plan.gpus.count, join_ids(plan.gpus.ids));
  return text;
}

std::vector<std::uint16_t> reachable_ports(const config::SpaceCard& card) {
  std::vector<std::uint16_t> ports{card.app_port};
  for (const auto& route : card.routes) ports.push_back(route.port);
  ports.insert(ports.end(), card.expose.begin(), card.expose.end());
  std::sort(ports.begin(), ports.end());
  ports.erase(std::unique(ports.begin(), ports.end()), ports.end());
  return ports;
}

std::string network_name(const std::string& instance) { return "spaceport-" + instance.substr(0, 8); }

std::string host_of(const state::SpaceRecord& space, const std::string& domain) { return space.subdomain + "." + domain; }

}  // namespace runtime::supervise
