#pragma once
// Confidence intervals by moving-block bootstrap: what is resampled are stretches of the run, because requests that follow each other
// fare alike. A test that takes each request for an independent one finds everything significant.

#include <cstdint>
#include <functional>
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

/// Likewise of a mean over successes: what `sum_of` says of each window, for each success in it. Means of phases add up, because a phase
/// that a request does not have counts as 0.
Estimate bootstrap_mean_difference(const Series& one, const Series& two, const std::function<double(const Window&)>& sum_of,
                                   BootstrapOptions options = {});
Estimate bootstrap_mean_difference(const Series& one, const Series& two, Metric metric, BootstrapOptions options = {});

/// How far `two` is from `one` when they were measured one after the other: each is resampled by itself.
struct Change {
  Estimate absolute;  ///< two - one
  Estimate relative;  ///< two / one - 1
};
std::vector<Change> bootstrap_change(const Series& one, const Series& two, Times times, const std::vector<double>& quantiles,
                                     BootstrapOptions options = {});

/// Two series that were measured at the same time, with the same windows, as they are resampled.
std::pair<Series, Series> side_by_side(Series one, Series two);

}  // namespace loadtest::measure
