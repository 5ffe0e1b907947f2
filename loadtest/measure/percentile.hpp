#pragma once
// A percentile that may be printed: from enough values, and with what is not known of those that were given up.

#include <cstdint>
#include <string>

#include "loadtest/measure/series.hpp"

namespace loadtest::measure {

/// What can be said of a percentile.
struct Reading {
  enum class State : std::uint8_t {
    known,
    at_least,  ///< `value` is a lower bound: requests that were given up would have come out at or below this rank
    too_few,   ///< fewer than `need` values: not printed
  };
  State state = State::too_few;
  std::uint64_t value = 0;
  std::uint64_t need = 0;
};

/// How many values it takes to print this quantile (0.99: 1000): at least ten must lie beyond it.
std::uint64_t values_needed(double quantile) noexcept;

/// Of values that are known, and of lower bounds of others (the time until they were given up). Twice read: with each of the others
/// ended when it was given up, and with none of them ever ended. Where both say the same (within one percent), what became of the others
/// does not matter; where they do not, the first is a lower bound whatever became of them.
Reading read_percentile(const Histogram& known, const Histogram& given_up, double quantile);

/// The same for three metrics: response time (of successes, with what should have been one), service time, first byte.
Reading response_percentile(const Series& series, double quantile);
Reading service_percentile(const Series& series, double quantile);
Reading first_byte_percentile(const Series& series, double quantile);

}  // namespace loadtest::measure
