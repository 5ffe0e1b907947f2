#pragma once
// The one clock of the load tester: CLOCK_MONOTONIC never steps, and timers of the kernel's know it.

#include <ctime>

#include "loadtest/measure/sample.hpp"

namespace loadtest::service {

using measure::Nanoseconds;

inline Nanoseconds steady_now() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return Nanoseconds{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace loadtest::service
