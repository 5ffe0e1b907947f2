#include "loadtest/measure/steady.hpp"

#include <vector>

namespace loadtest::measure {
namespace {

constexpr std::size_t batch = 5;
constexpr std::size_t fewest_batches = 10;
constexpr double most_dropped = 0.3;

std::vector<double> batch_means(std::span<const double> values) {
  std::vector<double> means(values.size() / batch);
  for (std::size_t i = 0; i != means.size(); ++i) {
    for (const double value : values.subspan(i * batch, batch)) means[i] += value / batch;
  }
  return means;
}

/// The squared standard error of the mean, but for a factor that is the same for all prefixes.
double error_of(std::span<const double> rest) {
  const auto count = static_cast<double>(rest.size());
  double mean = 0, squares = 0;
  for (const double value : rest) mean += value / count;
  for (const double value : rest) squares += (value - mean) * (value - mean);
  return squares / (count * count);
}

}  // namespace

std::optional<std::size_t> mser5(std::span<const double> values) {
  const std::vector<double> means = batch_means(values);
  if (means.size() < fewest_batches) return {};
  std::size_t best = 0;
  double least = error_of(means);
  // Of values that are all alike no prefix is better, whatever the last bit says.
  if (least <= 1e-20 * means.front() * means.front()) return 0;
  // In the second half few values are left, and a few are alike by chance.
  for (std::size_t dropped = 1; dropped <= means.size() / 2; ++dropped) {
    const double error = error_of(std::span(means).subspan(dropped));
    if (error < least) {
      least = error;
      best = dropped;
    }
  }
  if (static_cast<double>(best) > most_dropped * static_cast<double>(means.size())) return {};
  return best * batch;
}

std::optional<Nanoseconds> steady_from(const Series& series) {
  std::vector<double> medians;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i != series.windows.size(); ++i) {
    const Cell& cell = series.windows[i][Metric::success];
    if (cell.count == 0) continue;
    Histogram histogram(layout_of(Metric::success));
    histogram.add_packed(cell.counts);
    medians.push_back(static_cast<double>(histogram.value_at_percentile(50)));
    places.push_back(i);
  }
  const auto dropped = mser5(medians);
  if (!dropped) return {};
  return *dropped == 0 ? 0 : static_cast<Nanoseconds>(places[*dropped]) * series.width;
}

}  // namespace loadtest::measure
