#pragma once
// When requests are due: absolute times, never a pause after the last one.

#include <optional>

#include "loadtest/measure/random.hpp"
#include "loadtest/plan/settings.hpp"

namespace loadtest::plan {

/// The arrivals of an open loop, one after another. The same load and seed make the same times, on every machine: threads each make all of
/// them and take their own (every n-th), so that they share one schedule without talking.
class Schedule {
 public:
  explicit Schedule(const Load& load);
  /// The next due time; never earlier than the one before. Nothing: the last stage, or `requests`, is over.
  std::optional<Nanoseconds> next();
  /// How long all stages take.
  Nanoseconds length() const noexcept { return length_; }
  /// How many requests the stages ask for, on the average with random arrivals.
  double expected() const noexcept;

 private:
  /// How far the next arrival lies, as an area under the rate: 1 on the average.
  double step() noexcept;
  double rate_before(std::size_t stage) const noexcept;

  std::vector<Stage> stages_;
  Arrival arrival_;
  measure::Random random_;  ///< our own: distributions of the standard library differ between its versions
  std::optional<std::uint64_t> left_;
  Nanoseconds length_ = 0;
  double area_ = 0;  ///< of arrivals so far, on the integral of the rate
  std::size_t stage_ = 0;
  Nanoseconds stage_begin_ = 0;
  double stage_area_ = 0;  ///< the integral in front of this stage
};

}  // namespace loadtest::plan
