#pragma once
// How much of their volumes Spaces use. The engine is asked once for where it mounts them; sized ones are looked at each time, which costs
// a system call, plain ones are walked through once and later by whoever watches them. Main thread.

#include <map>
#include <string>
#include <vector>

#include "gateway/net/worker.hpp"
#include "runtime/engine/engine.hpp"
#include "runtime/storage/sized_volumes.hpp"
#include "runtime/supervise/mounts.hpp"

namespace runtime::supervise {

class VolumeUse {
 public:
  using Use = storage::SizedVolumes::Use;

  VolumeUse(gw::net::Worker& worker, engine::Engine& engine, const storage::SizedVolumes& volumes)
      : worker_(worker), engine_(engine), volumes_(volumes) {}

  using Known = std::map<std::string, Use>;  ///< by the name of the volume; what is not known is not there
  /// `label`: what all of our volumes carry in the engine.
  gw::net::Task<Known> look(std::vector<SpaceMount> mounts, std::string label);

  /// Where the engine mounts it.
  void mounted(const std::string& volume, std::string where) { mountpoints_[volume] = std::move(where); }
  /// A plain one was looked at.
  void seen(const std::string& volume, std::uint64_t used) { walked_[volume] = used; }
  /// It has changed without anybody's looking, or is gone.
  void forget(const std::string& volume) { walked_.erase(volume); }

 private:
  gw::net::Worker& worker_;
  engine::Engine& engine_;
  const storage::SizedVolumes& volumes_;
  std::map<std::string, std::string> mountpoints_;
  std::map<std::string, std::uint64_t> walked_;  ///< plain volumes: bytes
};

}  // namespace runtime::supervise
