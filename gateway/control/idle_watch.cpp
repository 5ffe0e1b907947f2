#include "gateway/control/idle_watch.hpp"

#include <algorithm>

namespace gw::control {
namespace {

// Whoever was told that a site is idle is told soon when it is not.
constexpr std::chrono::seconds glance{1};

}  // namespace

void IdleWatch::look_at(Sites::iterator at, Time due) {
  at->second.due = due;
  due_.emplace(due, &*at);
}

void IdleWatch::put(std::string_view site, std::shared_ptr<const proxy::Pulse> pulse, const SiteSleep& sleep, Time now) {
  erase(site);
  if (!pulse || sleep.after.count() == 0) return;
  look_at(sites_.emplace(std::string(site), Watched{std::move(pulse), sleep, now}).first, now + sleep.after);
}

void IdleWatch::erase(std::string_view site) {
  const auto at = sites_.find(site);
  if (at == sites_.end()) return;
  due_.erase({at->second.due, &*at});
  sites_.erase(at);
}

std::vector<IdleWatch::Word> IdleWatch::look(Time now) {
  std::vector<Word> words;
  while (!due_.empty() && due_.begin()->first <= now) {
    const auto at = sites_.find(due_.begin()->second->first);
    due_.erase(due_.begin());
    auto& one = at->second;
    const auto used = std::max(one.since, one.pulse->read().last_used(now, one.sleep.silent_sockets));
    const bool idle = now - used >= one.sleep.after;
    const auto say = [&](bool is_idle) {
      words.push_back({at->first, is_idle, std::chrono::duration_cast<std::chrono::seconds>(now - used)});
    };
    // It may have been used and be idle again.
    if (one.told && *one.told != used) {
      one.told.reset();
      say(false);
    }
    if (idle && !one.told) {
      one.told = used;
      say(true);
    }
    look_at(at, idle ? now + glance : used + one.sleep.after);
  }
  return words;
}

std::optional<IdleWatch::Time> IdleWatch::next() const noexcept {
  if (due_.empty()) return std::nullopt;
  return due_.begin()->first;
}

}  // namespace gw::control
