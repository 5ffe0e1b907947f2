#include "loadtest/measure/differences.hpp"

#include "loadtest/measure/wilcoxon.hpp"

namespace loadtest::measure {

Differences differences_of(const Comparison& comparison) {
  const Series &one = comparison.one.series, &two = comparison.two.series;
  const std::vector<double> quantiles{0.5, 0.9, 0.99, 0.999};
  const std::vector<Estimate> estimates = bootstrap_difference(one, two, {}, quantiles);
  Differences made;
  for (std::size_t i = 0; i != quantiles.size(); ++i) {
    PercentileDifference each{quantiles[i], response_percentile(one, quantiles[i]), response_percentile(two, quantiles[i]), {}};
    if (each.one.state == Reading::State::known && each.two.state == Reading::State::known) each.difference = estimates[i];
    made.percentiles.push_back(each);
  }
  made.chance = wilcoxon(one, two);
  made.attribution = attribute(comparison);
  return made;
}

}  // namespace loadtest::measure
