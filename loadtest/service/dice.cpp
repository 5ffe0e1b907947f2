#include "loadtest/service/dice.hpp"

#include <cmath>
#include <numbers>

#include "config/units.hpp"
#include "loadtest/service/words.hpp"

namespace loadtest::service {

// Box and Muller; the second of the pair is not kept, so that a draw depends on the state only.
double Dice::normal() noexcept {
  const double radius = std::sqrt(-2 * std::log1p(-random_.uniform()));
  return radius * std::cos(2 * std::numbers::pi * random_.uniform());
}

Nanoseconds Dice::delay(const Delay& delay) {
  switch (delay.kind) {
    case Delay::Kind::fixed:
      return delay.median;
    case Delay::Kind::lognormal:
      return std::llround(static_cast<double>(delay.median) * std::exp(delay.sigma * normal()));
    case Delay::Kind::mix:
      break;
  }
  double left = random_.uniform() * 100;
  for (const auto& [span, percent] : delay.mix)
    if ((left -= percent) < 0) return span;
  return 0;
}

Fate Dice::draw(const Settings& settings, std::uint64_t others) {
  Fate fate;
  fate.delay = delay(settings.delay) + settings.delay.each * static_cast<Nanoseconds>(others);
  fate.size = settings.size;
  if (!settings.statuses.empty()) {
    double left = random_.uniform() * 100;
    for (const auto& [status, percent] : settings.statuses)
      if ((left -= percent) < 0) {
        fate.status = status;
        break;
      }
  }
  fate.reset = happens(settings.resets);
  fate.truncated = !fate.reset && happens(settings.truncated);
  fate.close = happens(settings.close);
  return fate;
}

Settings changed_by_query(Settings settings, std::string_view query) {
  if (query.starts_with('?')) query.remove_prefix(1);
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const auto key = pair.substr(0, equals);
    const auto value = pair.substr(equals + 1);
    if (key == "delay") {
      if (auto delay = parse_delay(value)) settings.delay = *delay.value;
    } else if (key == "status") {
      if (auto statuses = parse_statuses(value)) settings.statuses = *statuses.value;
    } else if (key == "size") {
      if (auto size = config::parse_bytes(value)) settings.size = size.value->count;
    } else if (key == "close") {
      if (auto percent = parse_share(value)) settings.close = *percent.value;
    }
  }
  return settings;
}

}  // namespace loadtest::service
