// The documents that we send.
#include "runtime/engine/documents.hpp"

namespace runtime::engine {
namespace json = boost::json;
namespace {

json::array array_of(const std::vector<std::string>& texts) {
  json::array out;
  for (const auto& text : texts) out.emplace_back(text);
  return out;
}

json::object object_of(const std::map<std::string, std::string>& pairs) {
  json::object out;
  for (const auto& [key, value] : pairs) out[key] = value;
  return out;
}

std::string_view kind_name(Mount::Kind kind) {
  switch (kind) {
    case Mount::Kind::bind:
      return "bind";
    case Mount::Kind::volume:
      return "volume";
    case Mount::Kind::tmpfs:
      return "tmpfs";
  }
  return "volume";
}

json::array mounts_of(const std::vector<Mount>& mounts) {
  json::array out;
  for (const auto& mount : mounts) {
    json::object one{{"Type", kind_name(mount.kind)}, {"Target", mount.target}};
    if (!mount.source.empty()) one["Source"] = mount.source;
    if (mount.read_only) one["ReadOnly"] = true;
    if (mount.kind == Mount::Kind::bind) one["BindOptions"] = json::object{{"Propagation", "rprivate"}};
    out.push_back(std::move(one));
  }
  return out;
}

json::array devices_of(const std::vector<DeviceRequest>& requests) {
  json::array out;
  for (const auto& request : requests) {
    json::object one{{"Driver", request.driver}};
    // The engine refuses Count and DeviceIDs together.
    if (request.ids.empty())
      one["Count"] = request.count;
    else
      one["DeviceIDs"] = array_of(request.ids);
    json::array capabilities;
    for (const auto& set : request.capabilities) capabilities.push_back(array_of(set));
    one["Capabilities"] = std::move(capabilities);
    out.push_back(std::move(one));
  }
  return out;
}

void add_ports(json::object& body, json::object& host, const std::vector<PortBinding>& ports) {
  if (ports.empty()) return;
  json::object exposed;
  json::object bindings;
  for (const auto& port : ports) {
    const auto key = std::to_string(port.container_port) + "/tcp";
    exposed[key] = json::object{};
    const std::string host_port = port.host_port == 0 ? "" : std::to_string(port.host_port);
    bindings[key] = json::array{json::object{{"HostIp", port.host_ip}, {"HostPort", host_port}}};
  }
  body["ExposedPorts"] = std::move(exposed);
  host["PortBindings"] = std::move(bindings);
}

void add_limits(json::object& host, const ContainerSpec& spec) {
  if (spec.memory != 0) {
    host["Memory"] = spec.memory;
    host["MemorySwap"] = spec.memory;  // equal to Memory: no swap on top
  }
  if (spec.nano_cpus != 0) host["NanoCpus"] = spec.nano_cpus;
  if (spec.pids_limit != 0) host["PidsLimit"] = spec.pids_limit;
  if (spec.shm_size != 0) host["ShmSize"] = spec.shm_size;
  if (spec.oom_score_adj != 0) host["OomScoreAdj"] = spec.oom_score_adj;
  if (!spec.cgroup_parent.empty()) host["CgroupParent"] = spec.cgroup_parent;
  json::array ulimits;
  for (const auto& limit : spec.ulimits)
    ulimits.push_back(json::object{{"Name", limit.name}, {"Soft", limit.soft}, {"Hard", limit.hard}});
  if (!ulimits.empty()) host["Ulimits"] = std::move(ulimits);
}

json::object host_config(const ContainerSpec& spec) {
  json::object host{
      {"CapDrop", array_of(spec.cap_drop)},
      {"SecurityOpt", array_of(spec.security_opt)},
      {"ReadonlyRootfs", spec.read_only_rootfs},
      {"Init", spec.init},
      {"NetworkMode", spec.network_mode},
      {"RestartPolicy", json::object{{"Name", "no"}}},  // only the runtime restarts
      {"LogConfig", json::object{{"Type", "json-file"},
                                 {"Config", json::object{{"max-size", spec.log_max_size}, {"max-file", spec.log_max_files}}}}},
  };
  add_limits(host, spec);
  if (!spec.cap_add.empty()) host["CapAdd"] = array_of(spec.cap_add);
  if (!spec.tmpfs.empty()) host["Tmpfs"] = object_of(spec.tmpfs);
  if (!spec.mounts.empty()) host["Mounts"] = mounts_of(spec.mounts);
  if (!spec.device_requests.empty()) host["DeviceRequests"] = devices_of(spec.device_requests);
  if (!spec.extra_hosts.empty()) host["ExtraHosts"] = array_of(spec.extra_hosts);
  return host;
}

}  // namespace

json::object to_json(const ContainerSpec& spec) {
  json::object body{{"Image", spec.image},
                    {"User", spec.user},
                    {"Env", array_of(spec.env)},
                    {"Labels", object_of(spec.labels)},
                    {"StopTimeout", spec.stop_timeout.count()}};
  if (!spec.hostname.empty()) body["Hostname"] = spec.hostname;
  if (!spec.command.empty()) body["Cmd"] = array_of(spec.command);
  if (spec.entrypoint) body["Entrypoint"] = array_of(*spec.entrypoint);
  if (!spec.working_dir.empty()) body["WorkingDir"] = spec.working_dir;
  if (!spec.stop_signal.empty()) body["StopSignal"] = spec.stop_signal;
  auto host = host_config(spec);
  add_ports(body, host, spec.ports);
  body["HostConfig"] = std::move(host);
  const bool named = spec.network_mode != "none" && spec.network_mode != "bridge" && spec.network_mode != "host" &&
                     !spec.network_mode.starts_with("container:");
  if (named) body["NetworkingConfig"] = json::object{{"EndpointsConfig", json::object{{spec.network_mode, json::object{}}}}};
  return body;
}

json::object to_json(const NetworkSpec& spec) {
  json::object options{{"com.docker.network.bridge.enable_icc", spec.container_to_container ? "true" : "false"},
                       {"com.docker.network.bridge.host_binding_ipv4", "127.0.0.1"}};
  if (!spec.bridge_name.empty()) options["com.docker.network.bridge.name"] = spec.bridge_name;
  json::object body{{"Name", spec.name},
                    {"Driver", "bridge"},
                    {"CheckDuplicate", true},
                    {"Internal", spec.internal},
                    {"Labels", object_of(spec.labels)},
                    {"Options", std::move(options)}};
  if (!spec.subnet.empty()) body["IPAM"] = json::object{{"Config", json::array{json::object{{"Subnet", spec.subnet}}}}};
  return body;
}

json::object to_json(const VolumeSpec& spec) {
  json::object body{{"Name", spec.name}, {"Driver", "local"}, {"Labels", object_of(spec.labels)}};
  if (!spec.driver_options.empty()) body["DriverOpts"] = object_of(spec.driver_options);
  return body;
}

json::object to_json(const Limits& limits) {
  json::object body;
  if (limits.memory) {
    body["Memory"] = *limits.memory;
    body["MemorySwap"] = *limits.memory;
  }
  if (limits.nano_cpus) body["NanoCpus"] = *limits.nano_cpus;
  if (limits.pids_limit) body["PidsLimit"] = *limits.pids_limit;
  return body;
}

std::string filters(const std::vector<std::string>& labels, std::string_view status) {
  json::object body;
  if (!labels.empty()) body["label"] = array_of(labels);
  if (!status.empty()) body["status"] = json::array{status};
  return json::serialize(body);
}

std::string filters(const EventFilter& filter) {
  json::object body;
  if (!filter.types.empty()) body["type"] = array_of(filter.types);
  if (!filter.labels.empty()) body["label"] = array_of(filter.labels);
  if (!filter.actions.empty()) body["event"] = array_of(filter.actions);
  return json::serialize(body);
}

bool has_all(const Labels& labels, const std::vector<std::string>& wanted) {
  return std::ranges::all_of(wanted, [&labels](const std::string& one) {
    const auto equals = one.find('=');
    const auto found = labels.find(one.substr(0, equals));
    return found != labels.end() && (equals == std::string::npos || found->second == one.substr(equals + 1));
  });
}

EventFilter as_podman(EventFilter filter) {
  for (auto& action : filter.actions) {
    if (action == "die") action = "died";
    if (action == "destroy") action = "remove";
  }
  return filter;
}

std::string url_encode(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                       c == '.' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += hex[byte >> 4];
      out += hex[byte & 15];
    }
  }
  return out;
}

}  // namespace runtime::engine
