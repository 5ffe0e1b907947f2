#pragma once
// Confidence intervals by moving-block bootstrap: what is resampled are stretches of the run, because requests that follow each other
// fare alike. A test that takes each request for an independent one finds everything significant.

#include <cstdint>
#include <utility>
#include <vector>

#include "loadtest/measure/series.hpp"

namespace loadtest::measure {

/// Between these, with 95 % confidence.
struct Confidence {
  double lower = 0;
  double upper = 0;
};

/// One estimate, and what is known of it.
struct Estimate {
  double value = 0;
  Confidence confidence;
  bool known = false;  ///< false: fewer than eight windows, or no values; then nothing else says anything
};

struct BootstrapOptions {
  std::uint64_t seed = 1;
  unsigned rounds = 1000;
};

/// Of which times: the metric, and the lower bounds that belong to it (for response times: successes, and what was unfinished).
struct Times {
  Metric known = Metric::success;
  Metric given_up = Metric::unfinished;
};

/// Each of these quantiles (0.5, 0.99). Lower bounds count as values.
std::vector<Estimate> bootstrap(const Series& series, Times times, const std::vector<double>& quantiles,
                                BootstrapOptions options = {});

/// `two` minus `one`, of two series that were measured at the same time, window for window: the same stretches of both are resampled, so
/// that what disturbed both does not count.
std::vector<Estimate> bootstrap_difference(const Series& one, const Series& two, Times times,
                                           const std::vector<double>& quantiles, BootstrapOptions options = {});

/// Likewise of the mean of a metric for each success: phases that a request does not have count as 0, so that means of phases add up.
Estimate bootstrap_mean_difference(const Series& one, const Series& two, Metric metric, BootstrapOptions options = {});

/// Two series that were measured at the same time, with the same windows, as they are resampled.
std::pair<Series, Series> side_by_side(Series one, Series two);

}  // namespace loadtest::measure
