// The documents that the engine sends.
#include <algorithm>
#include <charconv>

#include "runtime/engine/documents.hpp"

namespace runtime::engine {
namespace json = boost::json;
namespace {

const json::value nothing;

const json::value& at(const json::value& from, std::string_view key) {
  if (!from.is_object()) return nothing;
  const auto* found = from.get_object().if_contains(key);
  return found != nullptr ? *found : nothing;
}

std::string text(const json::value& value) { return value.is_string() ? std::string(value.get_string()) : std::string(); }

template <class Number>
Number number(const json::value& value) {
  boost::system::error_code error;
  const auto n = value.to_number<Number>(error);
  return error ? Number{} : n;
}

bool truth(const json::value& value) { return value.is_bool() && value.get_bool(); }

std::vector<std::string> texts(const json::value& value) {
  std::vector<std::string> out;
  if (value.is_array())
    for (const auto& one : value.get_array()) out.push_back(text(one));
  return out;
}

Labels labels(const json::value& value) {
  Labels out;
  if (value.is_object())
    for (const auto& [key, one] : value.get_object()) out.emplace(key, text(one));
  return out;
}

std::string without_slash(std::string name) {
  if (name.starts_with('/')) name.erase(0, 1);
  return name;
}

std::uint16_t port(std::string_view digits) {
  std::uint16_t out = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), out);
  return out;
}

void read_network(const json::value& settings, Container& out) {
  out.sandbox_key = text(at(settings, "SandboxKey"));
  if (const auto& networks = at(settings, "Networks"); networks.is_object())
    for (const auto& [name, one] : networks.get_object())
      if (out.ip_address.empty()) out.ip_address = text(at(one, "IPAddress"));
  const auto& ports = at(settings, "Ports");
  if (!ports.is_object()) return;
  for (const auto& [key, bindings] : ports.get_object()) {
    if (!bindings.is_array() || bindings.get_array().empty()) continue;
    out.published[port(key)] = port(text(at(bindings.get_array().front(), "HostPort")));
  }
}

}  // namespace

Container to_container(const json::value& document) {
  Container out;
  const auto& state = at(document, "State");
  const auto& config = at(document, "Config");
  out.id = text(at(document, "Id"));
  out.name = without_slash(text(at(document, "Name")));
  out.image = text(at(document, "Image"));
  out.status = text(at(state, "Status"));
  out.labels = labels(at(config, "Labels"));
  out.pid = number<std::int64_t>(at(state, "Pid"));
  out.exit_code = number<int>(at(state, "ExitCode"));
  out.oom_killed = truth(at(state, "OOMKilled"));
  out.error = text(at(state, "Error"));
  out.started_at = text(at(state, "StartedAt"));
  out.finished_at = text(at(state, "FinishedAt"));
  out.user = text(at(config, "User"));
  out.env = texts(at(config, "Env"));
  out.written_folder = text(at(at(at(document, "GraphDriver"), "Data"), "UpperDir"));
  read_network(at(document, "NetworkSettings"), out);
  out.raw = json::serialize(document);
  return out;
}

ContainerSummary to_summary(const json::value& document) {
  ContainerSummary out;
  out.id = text(at(document, "Id"));
  if (const auto names = texts(at(document, "Names")); !names.empty()) out.name = without_slash(names.front());
  out.image = text(at(document, "Image"));
  out.state = text(at(document, "State"));
  out.labels = labels(at(document, "Labels"));
  return out;
}

Image to_image(const json::value& document) {
  Image out;
  const auto& config = at(document, "Config");
  out.id = text(at(document, "Id"));
  out.tags = texts(at(document, "RepoTags"));
  out.labels = labels(at(config, "Labels"));
  if (out.labels.empty()) out.labels = labels(at(document, "Labels"));  // of a list
  out.user = text(at(config, "User"));
  out.env = texts(at(config, "Env"));
  out.command = texts(at(config, "Cmd"));
  out.entrypoint = texts(at(config, "Entrypoint"));
  if (const auto& exposed = at(config, "ExposedPorts"); exposed.is_object())
    for (const auto& [key, unused] : exposed.get_object()) out.exposed_ports.push_back(port(key));
  std::ranges::sort(out.exposed_ports);
  out.size = number<Bytes>(at(document, "Size"));
  out.created = text(at(document, "Created"));
  return out;
}

Network to_network(const json::value& document) {
  Network out;
  out.id = text(at(document, "Id"));
  out.name = text(at(document, "Name"));
  out.labels = labels(at(document, "Labels"));
  out.bridge = text(at(at(document, "Options"), "com.docker.network.bridge.name"));
  const auto& config = at(at(document, "IPAM"), "Config");
  if (!config.is_array()) return out;
  for (const auto& one : config.get_array()) {
    if (out.gateway.empty()) out.gateway = text(at(one, "Gateway"));
    if (auto subnet = text(at(one, "Subnet")); !subnet.empty()) out.subnets.push_back(std::move(subnet));
  }
  return out;
}

Volume to_volume(const json::value& document) {
  return {text(at(document, "Name")), text(at(document, "Mountpoint")), labels(at(document, "Labels")),
          labels(at(document, "Options"))};
}

Info to_info(const json::value& document) {
  Info out;
  out.name = text(at(document, "Name"));
  out.root_dir = text(at(document, "DockerRootDir"));
  out.storage_driver = text(at(document, "Driver"));
  out.cgroup_version = text(at(document, "CgroupVersion"));
  out.cgroup_driver = text(at(document, "CgroupDriver"));
  if (const auto& runtimes = at(document, "Runtimes"); runtimes.is_object())
    for (const auto& [name, unused] : runtimes.get_object()) out.runtimes.emplace_back(name);
  out.security = texts(at(document, "SecurityOptions"));
  out.cpus = number<std::uint32_t>(at(document, "NCPU"));
  out.memory = number<Bytes>(at(document, "MemTotal"));
  out.containers_running = number<std::uint32_t>(at(document, "ContainersRunning"));
  return out;
}

Stats to_stats(const json::value& document) {
  Stats out;
  const auto& memory = at(document, "memory_stats");
  out.cpu_nanoseconds = number<std::uint64_t>(at(at(at(document, "cpu_stats"), "cpu_usage"), "total_usage"));
  out.memory = number<Bytes>(at(memory, "usage"));
  out.memory_limit = number<Bytes>(at(memory, "limit"));
  // cgroup v1 and v2 name it differently.
  const auto& details = at(memory, "stats");
  const auto cache = std::max(number<Bytes>(at(details, "total_inactive_file")), number<Bytes>(at(details, "inactive_file")));
  out.memory -= std::min(cache, out.memory);
  out.pids = number<std::uint64_t>(at(at(document, "pids_stats"), "current"));
  if (const auto& networks = at(document, "networks"); networks.is_object()) {
    for (const auto& [name, one] : networks.get_object()) {
      out.network_received += number<Bytes>(at(one, "rx_bytes"));
      out.network_sent += number<Bytes>(at(one, "tx_bytes"));
    }
  }
  return out;
}

Event to_event(const json::value& document) {
  Event out;
  const auto& actor = at(document, "Actor");
  out.type = text(at(document, "Type"));
  out.action = text(at(document, "Action"));
  // Podman's words where docker has others.
  if (out.action == "died") out.action = "die";
  if (out.action == "remove") out.action = "destroy";
  out.id = text(at(actor, "ID"));
  out.attributes = labels(at(actor, "Attributes"));
  out.time_nano = number<std::int64_t>(at(document, "timeNano"));
  return out;
}

Error to_error(int status, std::string_view body) {
  boost::system::error_code bad;
  const auto document = json::parse(body, bad);
  Error error{status, {}, {}};
  if (!bad) error.message = text(at(document, "message"));
  if (error.message.empty()) error.message = std::string(body.substr(0, 500));
  while (!error.message.empty() && (error.message.back() == '\n' || error.message.back() == ' ')) error.message.pop_back();
  if (error.message.empty()) error.message = "the engine answered with status " + std::to_string(status);
  return translate(std::move(error));
}

}  // namespace runtime::engine
