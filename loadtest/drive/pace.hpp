#pragma once
// How fast a slow client reads or writes: so many bytes a second on each connection, in breaths.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "loadtest/measure/sample.hpp"

namespace loadtest::drive {

class Pace {
 public:
  /// Bytes a second; 0: as fast as it goes.
  explicit Pace(std::uint64_t rate) noexcept
      : rate_(static_cast<measure::Nanoseconds>(rate)), breath_(rate == 0 ? 0 : std::max(shortest, second / rate_)) {}

  bool limited() const noexcept { return rate_ != 0; }
  /// So many of `most` bytes may move now. 0: none before `rests_until`. Of a pace that is limited.
  std::size_t share(std::size_t most, measure::Nanoseconds now) noexcept {
    if (now < rests_until_) return 0;
    // What was not used is gone: who has waited reads no faster for it.
    settled_ = std::max(settled_, now - breath_);
    const auto bytes = (now - settled_) * rate_ / second;
    if (bytes <= 0) {
      rests_until_ = settled_ + breath_;
      return 0;
    }
    return std::min(most, static_cast<std::size_t>(bytes));
  }
  /// So many did.
  void moved(std::size_t bytes) noexcept {
    if (limited()) settled_ += static_cast<measure::Nanoseconds>(bytes) * second / rate_;
  }
  measure::Nanoseconds rests_until() const noexcept { return rests_until_; }

 private:
  static constexpr measure::Nanoseconds second = 1'000'000'000;
  // Ten wake-ups a second for each connection: a thousand of them are no load for a generator.
  static constexpr measure::Nanoseconds shortest = 100'000'000;

  measure::Nanoseconds rate_;
  measure::Nanoseconds breath_;                                                          ///< at least a byte's worth
  measure::Nanoseconds settled_ = std::numeric_limits<measure::Nanoseconds>::min() / 2;  ///< what moved was allowed until then
  measure::Nanoseconds rests_until_ = std::numeric_limits<measure::Nanoseconds>::min();
};

/// What a peer may send before a slow client has read it, in its socket or in a window of HTTP/2: a quarter of a second's worth.
inline std::uint32_t unread_at_most(std::uint64_t read_rate) noexcept {
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(read_rate / 4, 2048, 65535));
}

}  // namespace loadtest::drive
