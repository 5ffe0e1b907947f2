#include "runtime/supervise/data_access.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "runtime/isolation/aside.hpp"
#include "runtime/isolation/disk_use.hpp"
#include "runtime/state/trouble.hpp"
#include "runtime/supervise/data_volume.hpp"

namespace runtime::supervise {
namespace {

using state::Kind;
using state::Trouble;

constexpr unsigned space_user = 1000;

void check_reach(const Context& context, const state::SpaceRecord& space) {
  if (space.storage_bytes == 0) {
    throw Trouble(Kind::conflict, fmt::format("{} has no /data", space.id),
                  "`spaceport up` with --storage SIZE gives it one, for example --storage 1Gi");
  }
  const char* wrong = ::geteuid() != 0                       ? "serve does not run as root"
                      : !context.engine.capabilities().local ? "the engine runs elsewhere, or has not answered yet"
                      : rootless(context.machine)            ? "the engine does not run as root"
                                                             : nullptr;
  if (wrong == nullptr) return;
  throw Trouble(Kind::unavailable, fmt::format("/data of {} cannot be reached from here: {}", space.id, wrong),
                "let the app itself pack it");
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

Task<DataAccess> open_data(Context& context, state::SpaceRecord space) {
  check_reach(context, space);
  DataAccess access;
  access.pack.first_uid = outside_uid(context.machine, 0);
  access.unpack.owner = outside_uid(context.machine, space_user);
  const std::string name = volume_name(context.database.instance(), space.id);
  storage::SizedVolumes::Hold hold;
  std::string problem;
  std::string mountpoint;
  if (context.volumes.size_of(name)) {
    // Ours alone: the engine need not even be there.
    auto ready = co_await context.volumes.attach(name, space.storage_bytes, access.unpack.owner);
    hold = ready.hold;
    problem = ready.problem;
  } else {
    const SpaceMount mount = data_mount(context, space);
    auto prepared = co_await prepare_mount(context, space.id, mount);
    hold = prepared.hold;
    problem = prepared.problem;
    mountpoint = prepared.mountpoint;
  }
  if (!problem.empty()) throw Trouble(Kind::unavailable, problem);
  if (hold) {
    access.opener = [hold] { return storage::open_device(hold->path); };
    co_return access;
  }
  access.unpack.room = co_await room_in(context, mountpoint, space.storage_bytes);
  access.opener = [mountpoint] { return storage::open_folder(mountpoint); };
  co_return access;
}

}  // namespace runtime::supervise
