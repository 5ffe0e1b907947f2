// A Space goes to sleep and wakes. In two phases: first the gateway holds what comes and says that nobody is being served, then the
// containers are frozen or stopped; so no request ever meets a container that cannot answer.

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "runtime/supervise/space.hpp"

namespace runtime::supervise {

std::chrono::seconds Space::sleeps_after() const {
  if (record_.sleep_after == state::SpaceRecord::never_sleeps) return std::chrono::seconds(0);
  if (record_.sleep_after == state::SpaceRecord::default_sleep) return context_.node.defaults.sleep;
  return std::chrono::seconds(record_.sleep_after);
}

void Space::sleep(Rest rest) {
  if (life_.want() != Want::running && life_.want() != Want::sleeping) return;
  // The gateway asks once: whoever has woken it would wait until nobody remembers.
  if (awaited_ && life_.want() == Want::running) {
    awake_because_ = "it is being used";
    return;
  }
  // What is frozen keeps its devices, and others may be waiting for them.
  const auto gpus = parse_gpus(record_.gpus, record_.hardware, context_.node);
  if (gpus && gpus->any()) rest = Rest::stopped;
  // Deeper only: a timer that is late must not begin to freeze what has been stopped.
  if (life_.want() == Want::sleeping && rest == Rest::frozen) return;
  life_.set_rest(rest);
  set_want(Want::sleeping);
}

bool Space::wake() {
  if (life_.want() != Want::sleeping) return false;
  woken_ = true;
  set_want(Want::running);
  awaited_ = true;
  return true;
}

void Space::say_again() {
  fed_.clear();
  changed();
}

bool Space::falls_asleep() const {
  return life_.want() == Want::sleeping && serving() != nullptr && life_.power() != Power::frozen;
}

std::optional<BackOff::Clock::time_point> Space::frozen_since() const {
  return life_.want() == Want::sleeping && life_.power() == Power::frozen ? frozen_since_ : std::nullopt;
}

Task<> Space::quiesce() {
  const auto said = co_await context_.gateway.quiesce(record_.id);
  if (said == GatewayClient::Quiesced::yes) {
    life_.quiesced();
    co_return;
  }
  // A word that was not answered may have been heard all the same.
  if (said == GatewayClient::Quiesced::unknown) fed_.clear();
  // Somebody is being served, or there is nobody to ask: the gateway says so again when the Space is idle.
  if (life_.want() == Want::sleeping) {
    awake_because_ = said == GatewayClient::Quiesced::no ? "it is being used" : "the gateway does not answer";
    spdlog::info("{}: stays awake, because {}", record_.id, awake_because_);
    set_want(Want::running);
  }
  life_.busy();
}

Task<> Space::freeze() {
  for (std::size_t i = 0; i != slots_.size(); ++i) {
    if (!slots_[i].serving) continue;
    const std::string container = slots_[i].serving->container.id;
    const auto frozen = co_await context_.engine.pause(container);
    if (frozen) continue;
    const auto seen = co_await context_.engine.inspect(container);
    if (seen && seen->status == "paused") continue;
    co_await look_for_engine();
    if (life_.engine() == Engine::gone) co_return;
    spdlog::warn("{}: cannot be frozen, it is stopped instead: {}", record_.id, frozen.error().message);
    life_.cannot_freeze();
    co_return;
  }
  life_.froze();
  frozen_since_ = BackOff::Clock::now();
  for (const Slot& slot : slots_)
    if (slot.serving) context_.swap_out.frozen(slot.serving->container.id, slot.serving->container.pid);
}

Task<> Space::thaw() {
  for (std::size_t i = 0; i != slots_.size(); ++i) {
    if (!slots_[i].serving) continue;
    const std::string container = slots_[i].serving->container.id;
    context_.swap_out.leaves(container);
    const auto thawed = co_await context_.engine.unpause(container);
    if (thawed) continue;
    const auto seen = co_await context_.engine.inspect(container);
    if (seen && seen->running()) continue;
    co_await look_for_engine();
    if (life_.engine() == Engine::gone) co_return;
    // It ended, or hangs in a way that we cannot mend: another one takes its place.
    spdlog::warn("{}: cannot be woken, it is started anew: {}", record_.id, thawed.error().message);
    ended(container, false);
  }
  frozen_since_.reset();
  woken_ = false;
  life_.woke();
}

}  // namespace runtime::supervise
