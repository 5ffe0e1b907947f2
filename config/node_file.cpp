#include "config/node_file.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "config/balancing_reader.hpp"
#include "config/listeners.hpp"
#include "config/rules.hpp"
#include "config/suggest.hpp"
#include "config/yaml_map.hpp"

namespace config {
namespace {

constexpr std::string_view unix_scheme = "unix://";
constexpr std::int64_t gpus_max = 64;

/// The engine itself refuses less than 6 MiB; nothing useful runs in less than this.
constexpr Bytes memory_min = mebibytes(16);
/// Less than what starting writes would end every container at once.
constexpr Bytes disk_min = mebibytes(1);

/// Reads a size that has a lower bound; `zero` says whether 0 is allowed and means "no limit" or "none".
void read_bytes(YamlMap& map, const char* key, Bytes min, bool zero, Bytes& out) {
  const auto size = map.bytes(key);
  if (!size) return;
  out = *size;
  if (*size >= min || (zero && size->count == 0)) return;
  map.report().error(*map.find(key), must(map.label(key), "must be greater than or equal to " + to_string(min)));
}

void read_name(YamlMap& map, const char* key, std::string& out) {
  const auto text = map.text(key);
  if (!text) return;
  out = *text;
  if (text->empty()) map.report().error(*map.find(key), must(map.label(key), "is not allowed to be empty"));
}

void read_positive_duration(YamlMap& map, const char* key, std::chrono::milliseconds& out) {
  const auto duration = map.duration(key);
  if (!duration) return;
  out = *duration;
  if (duration->count() == 0) map.report().error(*map.find(key), must(map.label(key), "must be greater than 0"));
}

void read_seconds_or_never(YamlMap& map, const char* key, std::chrono::seconds& out) {
  const auto* node = map.find(key);
  // -1 is how the hub's own API says never.
  if (node != nullptr && node->is_scalar() && (node->text == "never" || node->text == "-1")) {
    out = std::chrono::seconds(0);
    return;
  }
  std::chrono::milliseconds duration = out;
  read_positive_duration(map, key, duration);
  const bool short_of_a_second = duration.count() > 0 && duration < std::chrono::seconds(1);
  if (short_of_a_second) map.report().error(*node, must(map.label(key), "must be at least 1s, or never"));
  out = std::chrono::duration_cast<std::chrono::seconds>(duration);
}

// Rules that nothing would keep are worse than none.
void read_reach(YamlMap& map, SpaceDefaults& out) {
  const auto* node = map.find("egress");
  if (node == nullptr) return;
  out.egress = read_egress(*node, map.report(), map.label("egress"));
  if (out.network == "bridge") return;
  map.report().error(*node, must(map.label("egress"), "needs \"network: bridge\": other networks have rules of their own"));
}

void read_defaults(const YamlNode& node, Report& report, SpaceDefaults& out) {
  YamlMap map(node, report, "defaults");
  out.cpus = map.cpus("cpu").value_or(out.cpus);
  read_bytes(map, "memory", memory_min, false, out.memory);
  out.pids = map.integer("pids", 16, 4'194'304).value_or(out.pids);
  read_seconds_or_never(map, "sleep", out.sleep);
  read_seconds_or_never(map, "stop_after", out.stop_after);
  out.drain = map.duration("drain").value_or(out.drain);
  read_bytes(map, "storage", mebibytes(1), true, out.storage);
  read_bytes(map, "log_max_size", kibibytes(64), false, out.log_max_size);
  out.log_max_files = static_cast<unsigned>(map.integer("log_max_files", 1, 1000).value_or(out.log_max_files));
  out.limits = read_limits(map);
  read_name(map, "network", out.network);
  if (out.network == "host") {
    report.error(*map.find("network"),
                 must("defaults.network", "must not be host: Spaces would reach the node's own services"));
  }
  read_bytes(map, "disk", disk_min, true, out.disk);
  out.volumes = map.one_of("volumes", {"sized", "plain"}).value_or(out.volumes);
  read_reach(map, out);
  map.finish();
}

void read_flavors(const YamlNode& node, Report& report, Bytes disk, std::vector<Flavor>& out) {
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    const auto& name = node.keys[i].text;
    const auto label = "flavors." + name.substr(0, 100);
    const bool good = !name.empty() && name.size() <= 63 &&
                      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") == std::string::npos;
    if (!good) report.error(node.keys[i], must(label, "must be named with lower-case letters, digits, \"-\", \"_\" and \".\""));
    Flavor flavor;
    flavor.name = name;
    if (node.items[i].is_null()) {
      report.error(node.keys[i], must(label, "must be {cpu: N, memory: SIZE}"));
      continue;
    }
    YamlMap map(node.items[i], report, label);
    map.require("cpu");
    map.require("memory");
    flavor.cpus = map.cpus("cpu").value_or(0);
    read_bytes(map, "memory", memory_min, false, flavor.memory);
    flavor.gpus = static_cast<unsigned>(map.integer("gpus", 0, gpus_max).value_or(0));
    flavor.disk = disk;
    read_bytes(map, "disk", disk_min, true, flavor.disk);
    map.finish();
    const auto same = std::find_if(out.begin(), out.end(), [&](const Flavor& f) { return f.name == name; });
    if (same != out.end()) {
      *same = std::move(flavor);
    } else {
      out.push_back(std::move(flavor));
    }
  }
}

Registry read_registry(const YamlNode& node, Report& report, const std::string& label) {
  YamlMap map(node, report, label);
  Registry out;
  for (const char* key : {"host", "username", "password_file"}) map.require(key);
  if (auto host = map.text("host")) {
    out.host = canonical_host(std::move(*host));
    const bool with_port = out.host.find(':') != std::string::npos && out.host.find('/') == std::string::npos;
    const auto wrong = with_port ? check_endpoint(out.host) : check_host(out.host);
    if (wrong || out.host.starts_with("unix:") || out.host.starts_with("netns:")) {
      report.error(*map.find("host"),
                   must(map.label("host"), "must be a registry's HOST or HOST:PORT, without scheme and path"));
    }
  }
  read_name(map, "username", out.username);
  read_name(map, "password_file", out.password_file);
  if (const auto* password = map.find("password")) {
    report.error(*password, must(map.label("password"),
                                 "must not stand in this file; put it into a file of its own and "
                                 "name that in \"password_file\""));
  }
  map.finish();
  return out;
}

void read_registries(const YamlNode& node, Report& report, std::vector<Registry>& out) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const auto label = item_label("registries", i);
    out.push_back(read_registry(node.items[i], report, label));
    const bool twice = !out.back().host.empty() && !seen.insert(out.back().host).second;
    if (twice) report.error(node.items[i], must(label, "has the host of another registry: " + out.back().host.substr(0, 100)));
  }
}

// It is written to as root: no way out of the control groups, and not all of them at once.
void read_control_group(YamlMap& map, std::string& out) {
  auto text = map.text("control_group");
  if (!text) return;
  const bool good = !text->empty() && !text->starts_with('/') && !text->ends_with('/') &&
                    ("/" + *text + "/").find("/../") == std::string::npos &&
                    text->find_first_of(std::string_view("\0\n", 2)) == std::string::npos;
  if (!good) {
    map.report().error(*map.find("control_group"),
                       must(map.label("control_group"), "must be a path below the control groups, as in docker/buildkit"));
  }
  out = std::move(*text);
}

void read_build(const YamlNode& node, Report& report, BuildSettings& out) {
  YamlMap map(node, report, "build");
  out.parallel = static_cast<unsigned>(map.integer("parallel", 1, 64).value_or(out.parallel));
  read_positive_duration(map, "timeout", out.timeout);
  read_bytes(map, "memory", memory_min, true, out.memory);
  out.network = map.one_of("network", {"default", "none", "host"}).value_or(out.network);
  out.cpus = map.cpus("cpu").value_or(out.cpus);
  out.cpu_shares = static_cast<unsigned>(map.integer("cpu_shares", 2, 1024).value_or(out.cpu_shares));
  read_bytes(map, "cache", mebibytes(1), true, out.cache);
  read_control_group(map, out.control_group);
  map.finish();
}

void read_starts(const YamlNode& node, Report& report, StartSettings& out) {
  YamlMap map(node, report, "starts");
  out.parallel = static_cast<unsigned>(map.integer("parallel", 1, 64).value_or(out.parallel));
  map.finish();
}

// `gpus: 4`, or `gpus: ["0", "GPU-8a56a4bc"]`.
void read_gpus(YamlMap& map, std::vector<std::string>& out) {
  const auto* node = map.find("gpus");
  if (node == nullptr) return;
  if (node->is_scalar()) {
    const auto count = map.integer("gpus", 1, gpus_max);
    for (std::int64_t i = 0; i < count.value_or(0); ++i) out.push_back(std::to_string(i));
    return;
  }
  out = map.texts("gpus");
}

void read_domain(YamlMap& map, std::string& out) {
  auto text = map.text("domain");
  if (!text) return;
  out = canonical_host(std::move(*text));
  auto wrong = check_host(out);
  if (out.starts_with("*") || out.starts_with("[")) wrong = "must be a plain domain: Spaces get names below it";
  if (!wrong && is_ip_address(out)) wrong = "must be a name, not an IP address: Spaces get names below it";
  if (wrong) map.report().error(*map.find("domain"), must("domain", *wrong));
}

void read_engine(YamlMap& map, std::string& out) {
  auto text = map.text("engine");
  if (!text) return;
  if (text->starts_with(unix_scheme)) text->erase(0, unix_scheme.size());
  auto wrong = check_socket_path(*text);
  if (text->find("://") != std::string::npos || !text->starts_with('/')) {
    wrong = "must be the absolute path of the engine's socket, as in /var/run/docker.sock";
  }
  if (wrong) map.report().error(*map.find("engine"), must("engine", *wrong));
  out = std::move(*text);
}

void read_file(const YamlNode& root, Report& report, NodeFile& out) {
  YamlMap file(root, report, "");
  read_domain(file, out.domain);
  if (const auto* node = file.find("listeners")) out.listeners = read_listeners(*node, report, "listeners");
  if (const auto* node = file.map("limits")) out.limits = read_connection_limits(*node, report);
  read_engine(file, out.engine);
  read_name(file, "state", out.state);
  if (const auto* node = file.find("defaults")) read_defaults(*node, report, out.defaults);
  if (const auto* node = file.map("flavors")) read_flavors(*node, report, out.defaults.disk, out.flavors);
  if (const auto* node = file.map("volumes")) out.volumes = read_node_volumes(*node, report);
  if (const auto* node = file.list("registries")) read_registries(*node, report, out.registries);
  if (const auto* node = file.find("build")) read_build(*node, report, out.build);
  read_gpus(file, out.gpus);
  if (const auto* node = file.find("starts")) read_starts(*node, report, out.starts);
  out.server_timing = file.boolean("server_timing").value_or(out.server_timing);
  out.keep_images = static_cast<unsigned>(file.integer("keep_images", 1, 100).value_or(out.keep_images));
  file.finish();
}

}  // namespace

const Flavor* NodeFile::find_flavor(std::string_view name) const noexcept {
  const auto found = std::find_if(flavors.begin(), flavors.end(), [&](const Flavor& f) { return f.name == name; });
  return found == flavors.end() ? nullptr : &*found;
}

const NodeVolume* NodeFile::find_volume(std::string_view name) const noexcept {
  const auto found = std::find_if(volumes.begin(), volumes.end(), [&](const NodeVolume& one) { return one.name == name; });
  return found == volumes.end() ? nullptr : &*found;
}

NodeFile default_node_file() {
  NodeFile out;
  auto& listener = out.listeners.emplace_back();
  listener.host = "127.0.0.1";
  listener.port = 8080;
  const auto flavors = built_in_flavors();
  out.flavors.assign(flavors.begin(), flavors.end());
  return out;
}

NodeFileResult read_node_file(std::string_view text, const std::string& file) {
  NodeFileResult result{default_node_file(), {}};
  Report report(file);
  if (const auto root = parse_yaml(text, report)) read_file(*root, report, result.value);
  result.problems = report.take();
  return result;
}

}  // namespace config
