#include "runtime/supervise/volume_use.hpp"

#include <unistd.h>

#include <algorithm>
#include <optional>

#include "runtime/isolation/aside.hpp"
#include "runtime/isolation/disk_use.hpp"

namespace runtime::supervise {
namespace {

using Use = VolumeUse::Use;

/// What is known of one before the disk is asked.
struct Asked {
  std::string volume;
  std::string mountpoint;
  std::uint64_t size = 0;
  bool sized = false;
  std::optional<std::uint64_t> walked{};
};

std::optional<Use> look_at(const storage::SizedVolumes& volumes, const Asked& asked) {
  if (asked.sized) return volumes.use_of(asked.volume, asked.mountpoint);
  if (asked.walked) return Use{asked.size, *asked.walked};
  if (asked.mountpoint.empty() || ::geteuid() != 0) return std::nullopt;
  const auto used = isolation::disk_use(asked.mountpoint, asked.size);
  return used ? std::optional(Use{asked.size, *used}) : std::nullopt;
}

}  // namespace

gw::net::Task<VolumeUse::Known> VolumeUse::look(std::vector<SpaceMount> mounts, std::string label) {
  // A folder of the node is as large as it is.
  std::erase_if(mounts, [](const SpaceMount& mount) { return mount.volume.empty(); });
  const bool all_known = std::all_of(mounts.begin(), mounts.end(),
                                     [this](const SpaceMount& mount) { return mountpoints_.contains(mount.volume); });
  if (!all_known && engine_.capabilities().local) {
    const std::vector<std::string> ours{label};
    auto found = co_await engine_.list_volumes(ours);
    if (found)
      for (const auto& one : *found) mountpoints_[one.name] = one.mountpoint;
  }
  std::vector<Asked> asked;
  for (const auto& mount : mounts) {
    auto& one = asked.emplace_back(Asked{mount.volume, {}, mount.size, volumes_.size_of(mount.volume).has_value()});
    if (const auto known = mountpoints_.find(mount.volume); known != mountpoints_.end()) one.mountpoint = known->second;
    if (const auto known = walked_.find(mount.volume); known != walked_.end()) one.walked = known->second;
  }
  std::function<Known()> work = [&volumes = volumes_, asked] {
    Known known;
    for (const auto& one : asked)
      if (const auto use = look_at(volumes, one)) known[one.volume] = *use;
    return known;
  };
  Known known = co_await isolation::aside<Known>(worker_, std::move(work));
  for (const auto& one : asked)
    if (!one.sized && known.contains(one.volume)) walked_[one.volume] = known[one.volume].used;
  co_return known;
}

}  // namespace runtime::supervise
