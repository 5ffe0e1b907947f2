#pragma once
// What Spaces mount beside /data: what a node offers (`volumes` of spaceport.yaml), and what a Space wants of it (`volumes` of README.md).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/yaml_map.hpp"

namespace config {

/// Something that Spaces of a node may mount.
struct NodeVolume {
  std::string name;
  std::string folder;      ///< `folder`: of the node, the same for all; empty: a volume that we make
  Bytes size;              ///< `size` of one that we make
  bool shared = false;     ///< `shared`: one for all; else every Space that mounts it has one of its own. A folder always is
  bool read_only = false;  ///< `read_only`: nobody writes into it
  std::vector<std::string> spaces;  ///< `spaces`: who may mount it, `owner/name` or `owner/*`; empty: every Space
  friend bool operator==(const NodeVolume&, const NodeVolume&) = default;

  bool open_to(std::string_view space) const;
};

/// What a Space wants to mount. The words are those of the hub's Volume object.
struct SpaceVolume {
  std::string source;      ///< `source`: its name on the node
  std::string mount_path;  ///< `mountPath`: `/models`
  bool read_only = false;  ///< `readOnly`
  std::size_t line = 0;    ///< where `source` stands in README.md
  std::size_t column = 0;
  friend bool operator==(const SpaceVolume&, const SpaceVolume&) = default;
};

/// Reads a map of name to `{folder | size, shared, read_only, spaces}`.
std::vector<NodeVolume> read_node_volumes(const YamlNode& node, Report& report);

/// Reads a list of `{source, mountPath, readOnly}`.
std::vector<SpaceVolume> read_space_volumes(const YamlNode& list, Report& report);

}  // namespace config
