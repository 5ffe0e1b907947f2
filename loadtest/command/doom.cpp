#include "loadtest/command/doom.hpp"

#include <algorithm>
#include <cmath>

namespace loadtest::command {
namespace {

using measure::Metric;
using plan::Slo;

/// How many took longer than `limit`. Of what was given up those count that had taken longer when they were.
double beyond(const measure::Series& series, Metric known, Metric given_up, double limit) {
  double count = 0;
  for (const auto metric : {known, given_up}) {
    const auto times = series.total(metric);
    if (times.empty()) continue;
    const auto within = times.percentile_at_or_below(static_cast<std::uint64_t>(std::max(limit, 0.0))) / 100;
    count += std::round(static_cast<double>(times.total()) * (1 - within));
  }
  return count;
}

double failed(const measure::Series& series) {
  double count = 0;
  for (const auto metric : {Metric::server_error, Metric::transport, Metric::unfinished}) {
    count += static_cast<double>(series.summary(metric).count);
  }
  return count;
}

bool is_lost(const Slo& slo, const measure::Series& series, double requests) {
  if (!slo.below) return false;
  const auto known = slo.first_byte ? Metric::first_byte : Metric::success;
  const auto given_up = slo.first_byte ? Metric::first_byte_unfinished : Metric::unfinished;
  switch (slo.of) {
    // One more than may be: with so many beyond it the rank lies there, even if all others are within.
    case Slo::Of::percentile:
      return beyond(series, known, given_up, slo.limit) > (1 - slo.quantile) * requests + 1;
    case Slo::Of::maximum:
      return beyond(series, known, given_up, slo.limit) > 0;
    case Slo::Of::errors:
      return failed(series) > slo.limit / 100 * requests;
    case Slo::Of::mean:
    case Slo::Of::rate:
    case Slo::Of::requests:
      return false;
  }
  return false;
}

}  // namespace

std::string doomed(const std::vector<Slo>& objectives, const measure::Series& series, const Elapsed& elapsed) {
  const double requests = std::max(elapsed.requests, static_cast<double>(series.started()));
  const auto found = std::ranges::find_if(objectives, [&](const Slo& slo) { return is_lost(slo, series, requests); });
  return found == objectives.end() ? std::string{} : found->text;
}

}  // namespace loadtest::command
