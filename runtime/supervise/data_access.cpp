#include "runtime/supervise/data_access.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>

#include "config/suggest.hpp"
#include "runtime/isolation/aside.hpp"
#include "runtime/isolation/disk_use.hpp"
#include "runtime/state/trouble.hpp"
#include "runtime/supervise/data_volume.hpp"

namespace runtime::supervise {
namespace {

using state::Kind;
using state::Trouble;

constexpr unsigned space_user = 1000;
constexpr std::string_view data_path = "/data";

void check_reach(const Context& context, const std::string& space, const SpaceMount& mount) {
  const char* wrong = ::geteuid() != 0                       ? "serve does not run as root"
                      : !context.engine.capabilities().local ? "the engine runs elsewhere, or has not answered yet"
                      : rootless(context.machine)            ? "the engine does not run as root"
                                                             : nullptr;
  if (wrong == nullptr) return;
  throw Trouble(Kind::unavailable, fmt::format("{} of {} cannot be reached from here: {}", mount.path, space, wrong),
                "let the app itself pack it");
}

Trouble not_mounted(const std::string& space, const std::vector<SpaceMount>& mounts, std::string_view path) {
  std::vector<std::string_view> paths;
  for (const auto& mount : mounts) paths.push_back(mount.path);
  std::string next = path == data_path ? "`spaceport up` with --storage SIZE gives it one, for example --storage 1Gi"
                     : paths.empty()   ? "it mounts nothing at all"
                                       : fmt::format("what it mounts: {}", fmt::join(paths, ", "));
  if (path == data_path && !paths.empty()) next += fmt::format("; what it mounts: {}", fmt::join(paths, ", "));
  return Trouble(Kind::conflict,
                 path == data_path ? fmt::format("{} has no /data", space)
                                   : fmt::format("{} mounts nothing at `{}`{}", space, path, config::did_you_mean(path, paths)),
                 next);
}

// What a plain folder may still take: nothing else bounds it.
Task<std::optional<std::uint64_t>> room_in(Context& context, std::string folder, std::uint64_t size) {
  std::function<std::uint64_t()> work = [folder = std::move(folder), size] {
    return isolation::disk_use(folder, size).value_or(size);
  };
  const std::uint64_t used = co_await isolation::aside<std::uint64_t>(context.worker, std::move(work));
  co_return size - std::min(size, used);
}

}  // namespace

SpaceMount mount_to_transfer(const std::string& space, const std::vector<SpaceMount>& mounts, std::string_view path,
                             Transfer direction) {
  const auto found = std::find_if(mounts.begin(), mounts.end(), [&](const SpaceMount& one) { return one.path == path; });
  if (found == mounts.end()) throw not_mounted(space, mounts, path);
  if (found->volume.empty()) {
    throw Trouble(Kind::conflict, fmt::format("{} of {} is the folder {} of this node", path, space, found->folder),
                  "pack it, or write to it, where it is");
  }
  if (direction == Transfer::in && found->read_only) {
    throw Trouble(Kind::conflict, fmt::format("{} of {} may only be read", path, space),
                  "import it through a Space that mounts it without `readOnly`");
  }
  return *found;
}

Task<DataAccess> open_data(Context& context, std::string space, SpaceMount mount) {
  check_reach(context, space, mount);
  DataAccess access;
  access.pack.first_uid = outside_uid(context.machine, 0);
  access.unpack.owner = outside_uid(context.machine, space_user);
  storage::SizedVolumes::Hold hold;
  std::string problem;
  std::string mountpoint;
  if (context.volumes.size_of(mount.volume)) {
    // Ours alone: the engine need not even be there.
    auto ready = co_await context.volumes.attach(mount.volume, mount.size, access.unpack.owner);
    hold = ready.hold;
    problem = ready.problem;
  } else {
    auto prepared = co_await prepare_mount(context, space, mount);
    hold = prepared.hold;
    problem = prepared.problem;
    mountpoint = prepared.mountpoint;
  }
  if (!problem.empty()) throw Trouble(Kind::unavailable, problem);
  if (hold) {
    access.opener = [hold] { return storage::open_device(hold->path); };
    co_return access;
  }
  access.unpack.room = co_await room_in(context, mountpoint, mount.size);
  access.opener = [mountpoint] { return storage::open_folder(mountpoint); };
  co_return access;
}

}  // namespace runtime::supervise
