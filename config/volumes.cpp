#include "config/volumes.hpp"

#include <algorithm>

#include "config/names.hpp"

namespace config {
namespace {

constexpr std::size_t most_volumes = 16;
constexpr std::size_t name_max = 63;

// `--` stands between the parts of names in the engine, and `data` is /data.
bool is_volume_name(std::string_view name) {
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'; };
  return !name.empty() && name.size() <= name_max && std::all_of(name.begin(), name.end(), good) && name.front() != '-' &&
         name.front() != '.' && name.find("--") == name.npos && name != "data";
}

// Whole segments, as in `/a/b`: nothing empty, nothing that climbs, nothing that a line or a document would not hold.
bool is_plain_path(std::string_view path) {
  constexpr std::size_t path_max = 255;
  if (path.size() < 2 || path.size() > path_max || path.front() != '/' || path.back() == '/') return false;
  if (!std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c < 0x7F && c != ':' && c != ','; })) return false;
  for (std::size_t at = 1; at <= path.size();) {
    const auto part = path.substr(at, std::min(path.find('/', at), path.size()) - at);
    if (part.empty() || part == "." || part == "..") return false;
    at += part.size() + 1;
  }
  return true;
}

bool is_or_is_below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

bool of_the_system(std::string_view folder) {
  for (const std::string_view system : {"/proc", "/sys", "/dev", "/run", "/var/run", "/etc", "/boot", "/root"})
    if (is_or_is_below(folder, system)) return true;
  return folder == "/var" || folder == "/var/lib" || folder == "/usr" || folder == "/home";
}

void read_folder(YamlMap& map, NodeVolume& out) {
  const auto folder = map.text("folder");
  if (!folder) return;
  out.folder = *folder;
  out.shared = true;
  if (!is_plain_path(out.folder)) {
    map.report().error(*map.find("folder"),
                       must(map.label("folder"), "must be the absolute path of a folder, as in /srv/models"));
  } else if (of_the_system(out.folder)) {
    map.report().error(*map.find("folder"),
                       must(map.label("folder"), "must not be a folder of the system: Spaces would reach the node"));
  }
}

void read_spaces(YamlMap& map, NodeVolume& out) {
  out.spaces = map.texts("spaces");
  const auto* list = map.find("spaces");
  for (std::size_t i = 0; list != nullptr && i < list->items.size(); ++i) {
    const auto& item = list->items[i];
    const bool all_of_one = item.is_scalar() && item.text.ends_with("/*");
    const std::string name = all_of_one ? item.text.substr(0, item.text.size() - 1) + "x" : item.text;
    if (item.is_scalar() && check_space_name(name))
      map.report().error(item, must(item_label(map.label("spaces"), i), "must be owner/name or owner/*"));
  }
}

NodeVolume read_node_volume(const std::string& name, const YamlNode& node, Report& report, const std::string& label) {
  NodeVolume out;
  out.name = name;
  YamlMap map(node, report, label);
  read_folder(map, out);
  const auto size = map.bytes("size");
  if (size) out.size = *size;
  const bool has_folder = map.find("folder") != nullptr;
  const bool has_size = map.find("size") != nullptr;
  if (has_folder == has_size) report.error(node, must(label, "must have a \"folder\" or a \"size\", and not both"));
  if (size && *size < mebibytes(1))
    report.error(*map.find("size"), must(map.label("size"), "must be greater than or equal to 1Mi"));
  const auto shared = map.boolean("shared");
  if (shared && has_folder)
    report.error(*map.find("shared"), must(map.label("shared"), "is not allowed: a folder is the same for all"));
  if (shared && !has_folder) out.shared = *shared;
  out.read_only = map.boolean("read_only").value_or(false);
  read_spaces(map, out);
  map.finish();
  return out;
}

SpaceVolume read_space_volume(const YamlNode& node, Report& report, const std::string& label) {
  SpaceVolume out;
  YamlMap map(node, report, label);
  map.require("source");
  map.require("mountPath");
  if (const auto source = map.text("source")) {
    const auto* at = map.find("source");
    out.source = *source;
    out.line = at->line;
    out.column = at->column;
    if (!is_volume_name(out.source)) report.error(*at, must(map.label("source"), "must be the name of a volume of the node"));
  }
  if (const auto path = map.text("mountPath")) {
    out.mount_path = *path;
    const auto* at = map.find("mountPath");
    if (!is_plain_path(out.mount_path)) {
      report.error(*at, must(map.label("mountPath"), "must be an absolute path without \"..\", as in /models"));
    } else if (is_or_is_below(out.mount_path, "/data")) {
      report.error(*at, must(map.label("mountPath"), "must not be /data or below it: that is what --storage gives"));
    } else if (is_or_is_below(out.mount_path, "/proc") || is_or_is_below(out.mount_path, "/sys") ||
               is_or_is_below(out.mount_path, "/dev")) {
      report.error(*at, must(map.label("mountPath"), "must not be a place of the kernel"));
    }
  }
  out.read_only = map.boolean("readOnly").value_or(false);
  map.finish();
  return out;
}

}  // namespace

bool NodeVolume::open_to(std::string_view space) const {
  const auto names = [&](const std::string& one) {
    return one.ends_with("/*") ? space.starts_with(std::string_view(one).substr(0, one.size() - 1)) : one == space;
  };
  return spaces.empty() || std::any_of(spaces.begin(), spaces.end(), names);
}

std::vector<NodeVolume> read_node_volumes(const YamlNode& node, Report& report) {
  std::vector<NodeVolume> out;
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    const auto& name = node.keys[i].text;
    const auto label = "volumes." + name.substr(0, 100);
    if (!is_volume_name(name)) {
      report.error(
          node.keys[i],
          must(label, "must be named with lower-case letters, digits, \"-\", \"_\" and \".\", without \"--\", and not data"));
    }
    if (node.items[i].is_null()) {
      report.error(node.keys[i], must(label, "must be {folder: PATH} or {size: SIZE}"));
      continue;
    }
    out.push_back(read_node_volume(name, node.items[i], report, label));
  }
  return out;
}

std::vector<SpaceVolume> read_space_volumes(const YamlNode& list, Report& report) {
  std::vector<SpaceVolume> out;
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    const auto label = item_label("volumes", i);
    auto one = read_space_volume(list.items[i], report, label);
    for (const auto& other : out) {
      const bool meet = !one.mount_path.empty() && !other.mount_path.empty() &&
                        (is_or_is_below(one.mount_path, other.mount_path) || is_or_is_below(other.mount_path, one.mount_path));
      if (meet) report.error(list.items[i], must(label, "is mounted where another one is: " + other.mount_path));
    }
    out.push_back(std::move(one));
  }
  if (out.size() > most_volumes) report.error(list, must("volumes", "must contain less than or equal to 16 items"));
  return out;
}

}  // namespace config
