#include "gateway/proxy/health.hpp"

#include <algorithm>

namespace gw::proxy {

std::string_view name(HealthState state) noexcept {
  switch (state) {
    case HealthState::up:
      return "up";
    case HealthState::warming:
      return "warming";
    case HealthState::ejected:
      return "ejected";
    case HealthState::down:
      return "down";
  }
  return "down";
}

void Health::met(Met what, const Rules& rules, Time now) noexcept {
  // What is out already was sent its request before, or because all are out: neither says anything new.
  if (state() == HealthState::ejected || state() == HealthState::down) return;
  if (what == Met::answered) {
    failures_ = 0;
    if (now < until_) return;
    if (state() == HealthState::warming) {
      become(HealthState::up);
      until_ = now + length_;
    } else {
      ejections_ = 0;
    }
    return;
  }
  ++failures_;
  if (what == Met::unreachable || state() == HealthState::warming || failures_ >= rules.eject_after) eject(rules, now);
}

void Health::probed(bool good, const Rules& rules, Time now) noexcept {
  if (!good) return become(HealthState::down);
  if (state() == HealthState::down) warm(rules, now);
}

unsigned Health::share_of_suspect(const Rules& rules, Time now) noexcept {
  if (state() == HealthState::down) return 0;
  if (state() == HealthState::ejected) {
    if (now < until_) return 0;
    warm(rules, now);
  }
  if (now >= until_) return whole_share;
  // Who asks with an older time than the one it came back at gets the least.
  if (now <= since_) return 1;
  const auto share = whole_share * (now - since_) / (until_ - since_);
  return std::max(1U, static_cast<unsigned>(share));
}

void Health::eject(const Rules& rules, Time now) noexcept {
  constexpr unsigned most_doublings = 16;
  length_ = std::min(longest_ejection, rules.eject_for * (1U << std::min(ejections_, most_doublings)));
  ++ejections_;
  failures_ = 0;
  until_ = now + length_;
  become(HealthState::ejected);
}

void Health::warm(const Rules& rules, Time now) noexcept {
  failures_ = 0;
  since_ = now;
  until_ = now + rules.slow_start;
  become(HealthState::warming);
}

std::optional<bool> ProbeTally::took(bool good, const Health::Rules& rules) noexcept {
  if (good == good_) {
    against_ = 0;
    return std::nullopt;
  }
  if (++against_ < (good ? rules.healthy_after : rules.unhealthy_after)) return std::nullopt;
  against_ = 0;
  good_ = good;
  return good;
}

}  // namespace gw::proxy
