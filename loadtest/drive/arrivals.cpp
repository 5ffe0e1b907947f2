#include "loadtest/drive/arrivals.hpp"

#include "loadtest/measure/random.hpp"

namespace loadtest::drive {

std::uint32_t lane_of_turn(std::uint64_t turn, std::size_t lanes, std::uint64_t seed) noexcept {
  if (lanes == 1) return 0;
  const std::uint64_t at = turn % lanes;
  measure::Random of_round(seed ^ (turn / lanes + 1) *
                                      0x9e3779b97f4a7c15);  // an odd factor: rounds that follow each other differ widely
  const std::uint64_t first = of_round.below(static_cast<std::uint32_t>(lanes));
  const bool backward = of_round.below(2) != 0;
  return static_cast<std::uint32_t>((first + (backward ? lanes - at : at)) % lanes);
}

std::optional<Due> ScheduledArrivals::next() {
  const auto at = schedule_.next();
  if (!at) return std::nullopt;
  const std::uint32_t lane = lane_of_turn(turn_++, targets_.size(), seed_);
  const std::uint32_t target = next_[lane];
  next_[lane] = (target + 1) % targets_[lane];
  return Due{*at, lane, target};
}

}  // namespace loadtest::drive
