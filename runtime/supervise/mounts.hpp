#pragma once
// What is mounted into the containers of a Space. Pure.

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/state/database.hpp"

namespace runtime::supervise {

struct SpaceMount {
  std::string path;        ///< inside the container: `/data`
  std::string volume;      ///< the engine's name of it
  std::uint64_t size = 0;  ///< what was asked for
  bool read_only = false;
};

/// owner/name as a part of names in the engine. Names cannot contain `--`, so two Spaces never get one name.
std::string engine_name(const std::string& space);

/// The volume behind /data. Made from the id, not the subdomain: two Spaces must never meet in one volume.
std::string volume_name(const std::string& instance, const std::string& space);

/// /data first, where the Space has one.
std::vector<SpaceMount> mounts_of(const std::string& instance, const state::SpaceRecord& space);

}  // namespace runtime::supervise
