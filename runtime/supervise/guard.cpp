#include "runtime/supervise/guard.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "runtime/isolation/aside.hpp"
#include "runtime/isolation/disk_use.hpp"
#include "runtime/isolation/disk_watch.hpp"
#include "runtime/supervise/data_volume.hpp"

namespace runtime::supervise {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds rules_again{60};

std::chrono::milliseconds since(Clock::time_point began) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began);
}

// A folder on this machine that only root may look into.
bool within_reach(const Context& context, const std::string& folder) {
  return !folder.empty() && context.engine.capabilities().local && ::geteuid() == 0;
}

Task<std::uint64_t> use_of(Context& context, std::string folder, std::uint64_t limit) {
  std::function<std::uint64_t()> work = [folder = std::move(folder), limit] {
    return isolation::disk_use(folder, limit).value_or(0);
  };
  return isolation::aside<std::uint64_t>(context.worker, std::move(work));
}

}  // namespace

// Why the container is to be ended; empty: it may stay.
Task<std::string> Guard::too_much(std::string container, const state::SpaceRecord& space,
                                  const std::vector<SpaceMount>& mounts) {
  const auto limit = limits_of(space.hardware, context_.node, context_.machine).disk.count;
  if (!written_.contains(container)) {
    auto seen = co_await context_.engine.inspect(container);
    if (!seen) co_return std::string();
    written_[container] = seen->written_folder;
  }
  const std::string folder = written_[container];
  std::uint64_t used = 0;
  if (limit != 0 && within_reach(context_, folder)) {
    used = co_await use_of(context_, folder, limit);
  } else if (limit != 0) {
    auto told = co_await context_.engine.written(container);
    used = told ? *told : 0;
  }
  if (auto why = isolation::over_limit(used, limit)) {
    co_return *why +
        "\nwhat it writes outside /data counts, and is gone with its container: `spaceport restart` begins anew; hardware with "
        "more "
        "disk, or `defaults: {disk: ...}` in spaceport.yaml, gives it more";
  }
  // A sized volume holds no more than it may, and a folder of the node is the node's.
  for (const auto& mount : mounts) {
    if (mount.volume.empty() || context_.volumes.size_of(mount.volume)) continue;
    auto volume = co_await context_.engine.inspect_volume(mount.volume);
    if (!volume || !within_reach(context_, volume->mountpoint)) continue;
    used = co_await use_of(context_, volume->mountpoint, mount.size);
    context_.volume_use.seen(mount.volume, used);
    if (auto why = isolation::over_limit(used, mount.size))
      co_return *why + fmt::format("\n{} holds more than its size: {} gives it more", mount.path,
                                   mount.source.empty() ? "`spaceport up --storage`" : "spaceport.yaml");
  }
  co_return std::string();
}

Task<> Guard::look_at_disks() {
  const std::vector<std::string> ours{fmt::format("{}={}", instance_label, context_.database.instance())};
  // What is frozen or has ended writes nothing, and costs nothing here.
  auto containers = co_await context_.engine.list_running(ours);
  if (!containers) co_return;
  std::map<std::string, std::string> still_there;
  for (const auto& found : *containers)
    if (const auto known = written_.find(found.id); known != written_.end()) still_there.insert(*known);
  written_ = std::move(still_there);
  for (const auto& found : *containers) {
    const auto label = found.labels.find(space_label);
    if (stopping_ || label == found.labels.end()) continue;
    const Space* const space = spaces_.find(label->second);
    if (space == nullptr) continue;
    const state::SpaceRecord record = space->record();
    const std::vector<SpaceMount> mounts = space->mounts();
    const std::string why = co_await too_much(found.id, record, mounts);
    if (why.empty()) continue;
    // Looked up anew: it may be erased meanwhile.
    if (Space* const still = spaces_.find(label->second)) still->evict(found.id, why);
  }
}

Task<> Guard::keep() {
  auto pause = isolation::shortest_pause;
  auto rules_set = Clock::now();
  while (!stopping_) {
    co_await nap_.wait(pause);
    if (stopping_ || !engine_.answers()) continue;
    const auto began = Clock::now();
    co_await look_at_disks();
    pause = isolation::pause_after(since(began));
    if (Clock::now() - rules_set < rules_again) continue;
    rules_set = Clock::now();
    // Somebody may have flushed them.
    co_await network_.prepare();
  }
}

void Guard::stop() {
  stopping_ = true;
  nap_.raise();
}

}  // namespace runtime::supervise
