#include "loadtest/report/objectives.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "loadtest/report/figures.hpp"

namespace loadtest::report {
namespace {

using measure::Metric;
using measure::Objective;
using measure::Reading;
using measure::Result;

bool keeps(const plan::Slo& slo, double value) noexcept {
  if (value == slo.limit) return slo.or_equal;
  return slo.below == (value < slo.limit);
}

Objective decided(const plan::Slo& slo, double value, std::string observed) {
  return {slo.text, keeps(slo, value) ? Objective::Outcome::held : Objective::Outcome::broken, std::move(observed)};
}

/// A lower bound breaks an upper limit that lies below it, and keeps a lower limit; it cannot do the opposite.
Objective decided_by_bound(const plan::Slo& slo, double least, std::string observed) {
  if (keeps(slo, least) != slo.below) return decided(slo, least, std::move(observed));
  return {slo.text, Objective::Outcome::unknown, std::move(observed)};
}

Objective of_reading(const plan::Slo& slo, const Reading& reading) {
  const std::string observed = (slo.first_byte ? "ttfb_" : "") + name_of_quantile(slo.quantile) + " = " + percentile(reading);
  if (reading.state == Reading::State::too_few) return {slo.text, Objective::Outcome::unknown, observed};
  const auto value = static_cast<double>(reading.value);
  return reading.state == Reading::State::known ? decided(slo, value, observed) : decided_by_bound(slo, value, observed);
}

/// Mean and maximum, from exact sums.
Objective of_extent(const plan::Slo& slo, const Result& result) {
  const measure::Cell known = result.series.summary(slo.first_byte ? Metric::first_byte : Metric::success);
  const measure::Cell given_up = result.series.summary(slo.first_byte ? Metric::first_byte_unfinished : Metric::unfinished);
  const std::uint64_t count = known.count + given_up.count;
  if (count == 0) return {slo.text, Objective::Outcome::unknown, "no request succeeded"};
  const bool mean = slo.of == plan::Slo::Of::mean;
  const double value = mean ? static_cast<double>(known.sum + given_up.sum) / static_cast<double>(count)
                            : static_cast<double>(std::max(known.max, given_up.max));
  const std::string observed = fmt::format("{}{} = {}{}", slo.first_byte ? "ttfb_" : "", mean ? "mean" : "max",
                                           given_up.count != 0 ? "≥ " : "", duration(value));
  return given_up.count == 0 ? decided(slo, value, observed) : decided_by_bound(slo, value, observed);
}

Objective of_rate(const plan::Slo& slo, const Result& result) {
  const double achieved = result.achieved();
  if (!slo.relative) return decided(slo, achieved, "rate = " + rate(achieved) + "/s");
  if (result.offered <= 0) return {slo.text, Objective::Outcome::unknown, "a closed loop offers no rate"};
  const double share = achieved / result.offered;
  return decided(slo, 100 * share, "rate = " + percent(share) + " of " + rate(result.offered) + "/s");
}

}  // namespace

Objective evaluate(const plan::Slo& slo, const Result& result) {
  using Of = plan::Slo::Of;
  switch (slo.of) {
    case Of::percentile:
      return of_reading(slo, slo.first_byte ? first_byte_percentile(result.series, slo.quantile)
                                            : response_percentile(result.series, slo.quantile));
    case Of::mean:
    case Of::maximum:
      return of_extent(slo, result);
    case Of::errors:
      if (result.series.started() == 0) return {slo.text, Objective::Outcome::unknown, "there was no request"};
      return decided(slo, 100 * result.error_share(), "errors = " + percent(result.error_share()));
    case Of::rate:
      return of_rate(slo, result);
    case Of::requests:
      break;
  }
  return decided(slo, static_cast<double>(result.series.started()), "requests = " + whole(result.series.started()));
}

std::vector<Objective> evaluate(const std::vector<plan::Slo>& objectives, const Result& result) {
  std::vector<Objective> outcomes;
  for (const plan::Slo& slo : objectives) outcomes.push_back(evaluate(slo, result));
  return outcomes;
}

bool all_held(const std::vector<Objective>& objectives) noexcept {
  return std::all_of(objectives.begin(), objectives.end(),
                     [](const Objective& objective) { return objective.outcome == Objective::Outcome::held; });
}

}  // namespace loadtest::report
