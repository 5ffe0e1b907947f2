#pragma once
// The usual order of an open loop.

#include <memory>
#include <vector>

#include "loadtest/drive/run.hpp"
#include "loadtest/plan/schedule.hpp"

namespace loadtest::drive {

/// The times of a schedule, each lane once a round (`lane_of_turn`), the targets of each lane in turn.
class ScheduledArrivals final : public Arrivals {
 public:
  /// `targets`: how many each lane has.
  ScheduledArrivals(const plan::Load& load, std::vector<std::uint32_t> targets)
      : schedule_(load), seed_(load.seed), targets_(std::move(targets)), next_(targets_.size(), 0) {}

  std::optional<Due> next() override;

 private:
  plan::Schedule schedule_;
  std::uint64_t seed_;
  std::vector<std::uint32_t> targets_;
  std::vector<std::uint32_t> next_;  ///< by lane
  std::uint64_t turn_ = 0;
};

/// Whose turn it is: each lane has one in every round of as many turns as there are lanes, where in it is drawn. A fixed order, A B B A too,
/// repeats with the schedule: whatever else has a period (a kernel's tick is 4 ms at 250 Hz) then meets the same side each time.
std::uint32_t lane_of_turn(std::uint64_t turn, std::size_t lanes, std::uint64_t seed) noexcept;

}  // namespace loadtest::drive
