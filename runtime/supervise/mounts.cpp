#include "runtime/supervise/mounts.hpp"

#include <fmt/format.h>

namespace runtime::supervise {

std::string engine_name(const std::string& space) {
  const auto slash = space.find('/');
  return space.substr(0, slash) + "--" + space.substr(slash + 1);
}

std::string volume_name(const std::string& instance, const std::string& space) {
  return fmt::format("spaceport-{}-{}-data", instance.substr(0, 8), engine_name(space));
}

std::vector<SpaceMount> mounts_of(const std::string& instance, const state::SpaceRecord& space) {
  std::vector<SpaceMount> mounts;
  if (space.storage_bytes != 0) mounts.push_back({"/data", volume_name(instance, space.id), space.storage_bytes, false});
  return mounts;
}

}  // namespace runtime::supervise
