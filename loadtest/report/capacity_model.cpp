#include "loadtest/report/capacity_model.hpp"

#include <algorithm>
#include <vector>

namespace loadtest::report {
namespace {

std::vector<measure::Trial> by_rate(const measure::Capacity& capacity) {
  std::vector<measure::Trial> trials;
  std::copy_if(capacity.trials.begin(), capacity.trials.end(), std::back_inserter(trials),
               [](const measure::Trial& trial) { return trial.conclusive; });
  std::stable_sort(trials.begin(), trials.end(),
                   [](const measure::Trial& a, const measure::Trial& b) { return a.rate < b.rate; });
  return trials;
}

}  // namespace

std::optional<measure::Scalability> fit_of(const measure::Capacity& capacity) {
  std::vector<measure::LoadPoint> points;
  for (const measure::Trial& trial : by_rate(capacity)) {
    if (trial.in_flight > 0 && trial.achieved > 0) points.push_back({trial.in_flight, trial.achieved});
  }
  return measure::fit_scalability(points);
}

std::optional<double> knee_of(const measure::Capacity& capacity) {
  const std::vector<measure::Trial> trials = by_rate(capacity);
  for (const measure::Trial& trial : trials) {
    if (trial.p99 > 2 * trials.front().p99) return trial.rate;
  }
  return {};
}

}  // namespace loadtest::report
