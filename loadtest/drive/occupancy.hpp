#pragma once
// How many are at it, over time: counted one up and one down, and so independent of the times that samples have (Little's law compares
// the two).

#include <cstdint>

#include "loadtest/measure/sample.hpp"

namespace loadtest::drive {

class Occupancy {
 public:
  /// One more, since `since`; it is `now`.
  void up(measure::Nanoseconds since, measure::Nanoseconds now) noexcept {
    advance(now);
    area_ += static_cast<double>(now - since);
    ++count_;
  }
  /// One less, since `since`.
  void down(measure::Nanoseconds since, measure::Nanoseconds now) noexcept {
    advance(now);
    area_ -= static_cast<double>(now - since);
    --count_;
  }
  /// The integral so far, in requests times seconds.
  double area() const noexcept { return area_ / 1e9; }

 private:
  void advance(measure::Nanoseconds now) noexcept {
    area_ += static_cast<double>(count_) * static_cast<double>(now - last_);
    last_ = now;
  }
  double area_ = 0;
  measure::Nanoseconds last_ = 0;
  std::int64_t count_ = 0;
};

}  // namespace loadtest::drive
