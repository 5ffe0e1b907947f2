#include "runtime/supervise/mounts.hpp"

#include <fmt/format.h>

#include "config/suggest.hpp"

namespace runtime::supervise {

std::string engine_name(const std::string& space) {
  const auto slash = space.find('/');
  return space.substr(0, slash) + "--" + space.substr(slash + 1);
}

std::string volume_name(const std::string& instance, const std::string& space) {
  return fmt::format("spaceport-{}-{}-data", instance.substr(0, 8), engine_name(space));
}

namespace {

// A Space's own one begins with its name and has `--` before the last part, a shared one has it in front: neither can be the other, nor
// the /data of any Space.
std::string name_of(const std::string& instance, const std::string& space, const config::NodeVolume& volume) {
  const auto short_id = instance.substr(0, 8);
  if (volume.shared) return fmt::format("spaceport-{}---{}", short_id, volume.name);
  return fmt::format("spaceport-{}-{}--{}", short_id, engine_name(space), volume.name);
}

std::string why_not(const config::SpaceVolume& wanted, const std::string& space, const config::NodeFile& node) {
  const auto* offered = node.find_volume(wanted.source);
  std::string what;
  if (offered == nullptr) {
    std::vector<std::string_view> names;
    for (const auto& one : node.volumes)
      if (one.open_to(space)) names.push_back(one.name);
    what = fmt::format("there is no volume `{}` on this node{}", wanted.source, config::did_you_mean(wanted.source, names));
  } else if (!offered->open_to(space)) {
    what = fmt::format("the volume `{}` is not for {}", wanted.source, space);
  }
  return what.empty() ? what : fmt::format("{}:{}: {}", wanted.line, wanted.column, what);
}

}  // namespace

SpaceMounts mounts_of(const std::string& instance, const state::SpaceRecord& space, const config::SpaceCard& card,
                      const config::NodeFile& node) {
  SpaceMounts mounts;
  if (space.storage_bytes != 0)
    mounts.all.push_back({"/data", volume_name(instance, space.id), {}, {}, space.storage_bytes, false, false});
  for (const auto& wanted : card.volumes) {
    if (auto problem = why_not(wanted, space.id, node); !problem.empty()) {
      mounts.problem += (mounts.problem.empty() ? "" : "\n") + problem;
      continue;
    }
    const auto& offered = *node.find_volume(wanted.source);
    SpaceMount mount{wanted.mount_path, {}, offered.folder, wanted.source, offered.size.count, false, offered.shared};
    if (offered.folder.empty()) mount.volume = name_of(instance, space.id, offered);
    mount.read_only = wanted.read_only || offered.read_only;
    mounts.all.push_back(std::move(mount));
  }
  return mounts;
}

}  // namespace runtime::supervise
