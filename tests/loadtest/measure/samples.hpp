#pragma once
// Samples for tests, with what a test says about them and nothing else.

#include "loadtest/measure/sample.hpp"

namespace loadtest::measure {

inline constexpr Nanoseconds microsecond = 1'000;
inline constexpr Nanoseconds millisecond = 1'000'000;
inline constexpr Nanoseconds second = 1'000'000'000;

/// A request on a connection that was open, answered 200 after `took`.
inline Sample answered(Nanoseconds due, Nanoseconds took, std::uint16_t status = 200) {
  Sample made;
  made.due = made.noticed = made.sending = made.sent = due;
  made.first_byte = made.end = due + took;
  made.status = status;
  made.reused = true;
  return made;
}

/// A request that was given up after `took`, without an answer.
inline Sample failed(Nanoseconds due, Nanoseconds took, Ending ending) {
  Sample made;
  made.due = made.noticed = made.sending = made.sent = due;
  made.end = due + took;
  made.ending = ending;
  return made;
}

}  // namespace loadtest::measure
