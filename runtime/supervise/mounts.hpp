#pragma once
// What is mounted into the containers of a Space. Pure.

#include <cstdint>
#include <string>
#include <vector>

#include "config/front_matter.hpp"
#include "config/node_file.hpp"
#include "runtime/state/database.hpp"

namespace runtime::supervise {

struct SpaceMount {
  std::string path;        ///< inside the container: `/data`
  std::string volume;      ///< the engine's name of it; empty: `folder`
  std::string folder;      ///< of the node
  std::string source;      ///< what README.md calls it; empty: /data
  std::uint64_t size = 0;  ///< what was asked for
  bool read_only = false;
  bool shared = false;  ///< others mount it too
};

struct SpaceMounts {
  std::vector<SpaceMount> all;  ///< /data first, where the Space has one
  std::string problem;          ///< why the Space may not have one that it wants, as `line:column: message`; empty: it may
};

/// owner/name as a part of names in the engine. Names cannot contain `--`, so two Spaces never get one name.
std::string engine_name(const std::string& space);

/// The volume behind /data. Made from the id, not the subdomain: two Spaces must never meet in one volume.
std::string volume_name(const std::string& instance, const std::string& space);

/// What its card wants of what the node offers.
SpaceMounts mounts_of(const std::string& instance, const state::SpaceRecord& space, const config::SpaceCard& card,
                      const config::NodeFile& node);

}  // namespace runtime::supervise
