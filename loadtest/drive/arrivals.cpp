#include "loadtest/drive/arrivals.hpp"

namespace loadtest::drive {

std::uint32_t lane_of_turn(std::uint64_t turn, std::size_t lanes) noexcept {
  const std::uint64_t at = turn % (2 * lanes);
  return static_cast<std::uint32_t>(at < lanes ? at : 2 * lanes - 1 - at);
}

std::optional<Due> ScheduledArrivals::next() {
  const auto at = schedule_.next();
  if (!at) return std::nullopt;
  const std::uint32_t lane = lane_of_turn(turn_++, targets_.size());
  const std::uint32_t target = next_[lane];
  next_[lane] = (target + 1) % targets_[lane];
  return Due{*at, lane, target};
}

}  // namespace loadtest::drive
