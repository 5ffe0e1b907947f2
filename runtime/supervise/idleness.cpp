#include "runtime/supervise/idleness.hpp"

#include <spdlog/spdlog.h>

#include <ctime>
#include <utility>

#include "runtime/state/trouble.hpp"
#include "runtime/supervise/memory.hpp"

namespace runtime::supervise {
namespace {

constexpr std::chrono::seconds look_at_frozen{1};
constexpr std::chrono::seconds look_at_traffic{60};

}  // namespace

Task<> Idleness::hear_gateway() {
  while (!stopping_) {
    // A named value: the stream keeps it.
    const GatewayEvents::Sink sink = [this](const GatewayEvent& event) { heard(event); };
    co_await visitors_.follow(sink);
    if (!stopping_) co_await pause_for(context_.worker, std::chrono::milliseconds(50));
  }
}

void Idleness::heard(const GatewayEvent& event) {
  Space* const found = spaces_.find(event.site);
  if (found == nullptr) return;
  Space& space = *found;
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
void Idleness::lay_to_rest() {
  std::erase_if(idle_, [this](const std::string& id) {
    Space* const space = spaces_.find(id);
    if (space == nullptr || space->stage() != Stage::running) return true;
    if (!space->at_rest()) return false;
    space->sleep(Rest::frozen);
    return true;
  });
}

// One at a time: each gives memory back, and the next look tells whether that was enough.
void Idleness::lay_deeper() {
  const auto now = BackOff::Clock::now();
  const auto stop_after = context_.node.defaults.stop_after;
  Space* longest = nullptr;
  for (Space* space : spaces_.all()) {
    const auto since = space->frozen_since();
    if (!since) continue;
    if (stop_after.count() != 0 && now - *since >= stop_after) space->sleep(Rest::stopped);
    if (longest == nullptr || *since < *longest->frozen_since()) longest = space;
  }
  if (longest == nullptr || !is_short(memory_now())) return;
  spdlog::info("{} is stopped: it has slept longest, and the machine is short of memory", longest->id());
  longest->sleep(Rest::stopped);
}

Task<> Idleness::ask_for_traffic() {
  const auto traffic = co_await context_.gateway.traffic();
  const auto now = std::time(nullptr);
  for (const auto& [id, site] : traffic)
    if (site.requests != 0) used_[id] = now - site.idle_seconds;
}

void Idleness::remember_use() {
  try {
    context_.database.set_last_used(std::exchange(used_, {}));
  } catch (const state::Trouble& trouble) {
    spdlog::error("{}", trouble.what());
  }
}

Task<> Idleness::keep_rest() {
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
}

Task<> Idleness::stop() {
  stopping_ = true;
  visitors_.again();
  ticking_.raise();
  co_await ask_for_traffic();
  remember_use();
}

}  // namespace runtime::supervise
