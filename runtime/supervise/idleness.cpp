// Which Spaces sleep and how deep: what the gateway says of visitors, and what the machine has left.

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <ctime>

#include "runtime/state/trouble.hpp"
#include "runtime/supervise/memory.hpp"
#include "runtime/supervise/supervisor.hpp"

namespace runtime::supervise {
namespace {

constexpr std::chrono::seconds look_at_frozen{1};
constexpr std::chrono::seconds look_at_traffic{60};

}  // namespace

Task<> Supervisor::hear_gateway() {
  ++running_;
  while (!stopping_) {
    // A named value: the stream keeps it.
    const GatewayEvents::Sink sink = [this](const GatewayEvent& event) { heard(event); };
    co_await visitors_.follow(sink);
    if (!stopping_) co_await pause_for(context_.worker, std::chrono::milliseconds(50));
  }
  --running_;
}

void Supervisor::heard(const GatewayEvent& event) {
  const auto found = spaces_.find(event.site);
  if (found == spaces_.end()) return;
  Space& space = *found->second;
  if (event.name == "busy") idle_.erase(space.id());
  if (event.name == "wake_needed") {
    idle_.erase(space.id());
    used_[space.id()] = std::time(nullptr);
    // A gateway that waits for what is awake has missed a word.
    if (!space.wake()) space.say_again();
  } else if (event.name == "idle") {
    used_[space.id()] = std::time(nullptr) - event.idle_seconds;
    idle_.insert(space.id());
    lay_to_rest();
  }
}

// The gateway says it once, until visitors come or the Space changes. What the one before left behind may still be being removed.
void Supervisor::lay_to_rest() {
  std::erase_if(idle_, [this](const std::string& id) {
    const auto found = spaces_.find(id);
    if (found == spaces_.end() || found->second->stage() != Stage::running) return true;
    if (!found->second->at_rest()) return false;
    found->second->sleep(Rest::frozen);
    return true;
  });
}

// One at a time: each gives memory back, and the next look tells whether that was enough.
void Supervisor::lay_deeper() {
  const auto now = BackOff::Clock::now();
  const auto stop_after = context_.node.defaults.stop_after;
  Space* longest = nullptr;
  for (Space* space : spaces()) {
    const auto since = space->frozen_since();
    if (!since) continue;
    if (stop_after.count() != 0 && now - *since >= stop_after) space->sleep(Rest::stopped);
    if (longest == nullptr || *since < *longest->frozen_since()) longest = space;
  }
  if (longest == nullptr || !is_short(memory_now())) return;
  spdlog::info("{} is stopped: it has slept longest, and the machine is short of memory", longest->id());
  longest->sleep(Rest::stopped);
}

Task<> Supervisor::ask_for_traffic() {
  const auto traffic = co_await context_.gateway.traffic();
  const auto now = std::time(nullptr);
  for (const auto& [id, site] : traffic)
    if (site.requests != 0) used_[id] = now - site.idle_seconds;
}

Task<VolumeUse::Known> Supervisor::volume_use(std::string id) {
  std::vector<SpaceMount> mounts;
  for (const Space* space : spaces()) {
    if (!id.empty() && space->id() != id) continue;
    for (auto& mount : space->mounts()) mounts.push_back(std::move(mount));
  }
  std::string ours = fmt::format("{}={}", instance_label, context_.database.instance());
  return context_.volume_use.look(std::move(mounts), std::move(ours));
}

Task<std::vector<SpaceUse>> Supervisor::use() {
  const auto traffic = co_await context_.gateway.traffic();
  std::vector<SpaceUse> all;
  for (const Space* space : spaces()) {
    SpaceUse use;
    use.space = space;
    for (const auto& container : space->containers()) use.usage += usage_of(container.pid).value_or(Usage{});
    if (const auto counted = traffic.find(space->id()); counted != traffic.end()) use.traffic = counted->second;
    use.mounts = space->mounts();
    all.push_back(std::move(use));
  }
  co_return all;
}

void Supervisor::remember_use() {
  try {
    context_.database.set_last_used(std::exchange(used_, {}));
  } catch (const state::Trouble& trouble) {
    spdlog::error("{}", trouble.what());
  }
}

Task<> Supervisor::keep_rest() {
  ++running_;
  auto next_traffic = BackOff::Clock::now() + look_at_traffic;
  while (!stopping_) {
    co_await ticking_.wait(look_at_frozen);
    if (stopping_) break;
    lay_to_rest();
    lay_deeper();
    if (BackOff::Clock::now() < next_traffic) continue;
    next_traffic = BackOff::Clock::now() + look_at_traffic;
    co_await ask_for_traffic();
    remember_use();
  }
  --running_;
}

}  // namespace runtime::supervise
