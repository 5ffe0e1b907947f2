#pragma once
// What the second of two ways costs more than the first.

#include <vector>

#include "loadtest/measure/attribution.hpp"
#include "loadtest/measure/bootstrap.hpp"
#include "loadtest/measure/percentile.hpp"
#include "loadtest/measure/result.hpp"

namespace loadtest::measure {

/// A percentile of response time.
struct PercentileDifference {
  double quantile = 0;
  Reading one, two;
  Estimate difference;  ///< nanoseconds, two - one; known only where both readings are
};

struct Differences {
  std::vector<PercentileDifference> percentiles;  ///< p50, p90, p99, p99.9
  double chance = 1;                              ///< Wilcoxon's, of the medians of windows
  Attribution attribution;

  /// The median's, in which a difference is said to be found.
  const Estimate& median() const noexcept { return percentiles.front().difference; }
  /// With 95 % confidence.
  bool found() const noexcept { return median().known && (median().confidence.lower > 0 || median().confidence.upper < 0); }
};

/// Costs some milliseconds for each second that was measured, all of it in the bootstrap.
Differences differences_of(const Comparison& comparison);

}  // namespace loadtest::measure
