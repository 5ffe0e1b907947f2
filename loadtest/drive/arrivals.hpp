#pragma once
// The usual order of an open loop.

#include <memory>
#include <vector>

#include "loadtest/drive/run.hpp"
#include "loadtest/plan/schedule.hpp"

namespace loadtest::drive {

/// The times of a schedule, the lanes in the order A B B A, the targets of each lane in turn.
class ScheduledArrivals final : public Arrivals {
 public:
  /// `targets`: how many each lane has.
  ScheduledArrivals(const plan::Load& load, std::vector<std::uint32_t> targets)
      : schedule_(load), targets_(std::move(targets)), next_(targets_.size(), 0) {}

  std::optional<Due> next() override;

 private:
  plan::Schedule schedule_;
  std::vector<std::uint32_t> targets_;
  std::vector<std::uint32_t> next_;  ///< by lane
  std::uint64_t turn_ = 0;
};

/// The n-th element of A B B A A B B A ...; with more lanes likewise there and back.
std::uint32_t lane_of_turn(std::uint64_t turn, std::size_t lanes) noexcept;

}  // namespace loadtest::drive
