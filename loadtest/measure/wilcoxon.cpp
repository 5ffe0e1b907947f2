#include "loadtest/measure/wilcoxon.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "loadtest/measure/bootstrap.hpp"

namespace loadtest::measure {
namespace {

/// How likely a sum of ranks is that is no greater: by counting all ways to get there.
double exact_tail(std::size_t count, double sum) {
  std::vector<double> ways(count * (count + 1) / 2 + 1);
  ways[0] = 1;
  for (std::size_t rank = 1; rank <= count; ++rank) {
    for (std::size_t at = ways.size() - 1; at >= rank; --at) ways[at] += ways[at - rank];
  }
  double tail = 0;
  for (std::size_t at = 0; at < ways.size() && static_cast<double>(at) <= sum; ++at) tail += ways[at];
  return tail / std::exp2(static_cast<double>(count));
}

}  // namespace

double wilcoxon(const std::vector<double>& differences) {
  constexpr std::size_t fewest = 6, most_exact = 40;
  std::vector<double> sorted;
  std::copy_if(differences.begin(), differences.end(), std::back_inserter(sorted),
               [](double difference) { return difference != 0; });
  if (sorted.size() < fewest) return 1;
  std::sort(sorted.begin(), sorted.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
  double positive = 0, ties = 0;
  for (std::size_t begin = 0, end = 0; begin != sorted.size(); begin = end) {
    while (end != sorted.size() && std::abs(sorted[end]) == std::abs(sorted[begin])) ++end;
    const auto alike = static_cast<double>(end - begin);
    const double rank = static_cast<double>(begin + 1 + end) / 2;
    for (std::size_t i = begin; i != end; ++i) positive += sorted[i] > 0 ? rank : 0;
    ties += alike * alike * alike - alike;
  }
  const auto n = static_cast<double>(sorted.size());
  const double all = n * (n + 1) / 2;
  const double less = std::min(positive, all - positive);
  if (ties == 0 && sorted.size() <= most_exact) return std::min(1.0, 2 * exact_tail(sorted.size(), less));
  const double deviation = std::sqrt(n * (n + 1) * (2 * n + 1) / 24 - ties / 48);
  if (deviation == 0) return 1;
  const double z = std::max(0.0, (all / 2 - less - 0.5) / deviation);
  return std::min(1.0, std::erfc(z / std::sqrt(2.0)));
}

double wilcoxon(const Series& one, const Series& two) {
  const auto [first, second] = side_by_side(one, two);
  std::vector<double> differences;
  const auto median = [](const Window& window) {
    Histogram histogram(layout_of(Metric::success));
    histogram.add_packed(window[Metric::success].counts);
    return static_cast<double>(histogram.value_at_percentile(50));
  };
  for (std::size_t i = 0; i != first.windows.size(); ++i) {
    if (first.windows[i][Metric::success].count == 0 || second.windows[i][Metric::success].count == 0) continue;
    differences.push_back(median(second.windows[i]) - median(first.windows[i]));
  }
  return wilcoxon(differences);
}

}  // namespace loadtest::measure
