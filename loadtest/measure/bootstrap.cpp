#include "loadtest/measure/bootstrap.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>
#include <utility>

#include "loadtest/measure/random.hpp"

namespace loadtest::measure {
namespace {

constexpr std::size_t fewest_windows = 8;
/// More say no more, and cost: a round adds up all of them.
constexpr std::size_t most_windows = 300;
/// Up to this length a run keeps windows of a quarter of a second: blocks of seconds would be too few.
constexpr std::size_t most_narrow_windows = 120;
constexpr Nanoseconds narrow = 1'000'000'000;
constexpr double outside = 0.025;  // on either side: 95 % are within

/// As windows are resampled: without those in which nothing was due, wide enough that they are not too many.
void prepare(std::span<Series* const> all) {
  std::size_t common = all.front()->windows.size();
  for (Series* const series : all) {
    for (Series* const other : all) series->widen_to(other->width);
  }
  for (Series* const series : all) common = std::min(common, series->windows.size());
  std::size_t kept = 0;
  for (std::size_t i = 0; i != common; ++i) {
    if (std::all_of(all.begin(), all.end(), [&](Series* series) { return series->windows[i].started == 0; })) continue;
    for (Series* const series : all) std::swap(series->windows[kept], series->windows[i]);
    ++kept;
  }
  for (Series* const series : all) series->windows.resize(kept);
  while (all.front()->windows.size() > most_windows ||
         (all.front()->windows.size() > most_narrow_windows && all.front()->width < narrow)) {
    for (Series* const series : all) series->widen();
  }
}

/// The counts of a window, ready to be added.
using Counts = std::vector<Place>;

Counts counts_of(const Window& window, Times times) {
  Counts counts;
  const std::size_t size = layout_of(times.known).size();
  const PackedCounts packed = add(window[times.known].counts, window[times.given_up].counts, size);
  Unpacker places(packed, size);
  for (Place place; places.next(place);) counts.push_back(place);
  return counts;
}

std::vector<Counts> counts_of(const Series& series, Times times) {
  std::vector<Counts> counts;
  for (const Window& window : series.windows) counts.push_back(counts_of(window, times));
  return counts;
}

/// Which windows a round takes: blocks of n^(1/3) of them, from anywhere, until there are as many as there were.
class Blocks {
 public:
  Blocks(std::size_t windows, std::uint64_t seed)
      : windows_(windows),
        length_(std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(std::cbrt(static_cast<double>(windows)))))),
        random_(seed) {}
  const std::vector<std::size_t>& draw() {
    drawn_.clear();
    while (drawn_.size() != windows_) {
      const std::size_t begin = random_.below(static_cast<std::uint32_t>(windows_ - length_ + 1));
      for (std::size_t i = 0; i != length_ && drawn_.size() != windows_; ++i) drawn_.push_back(begin + i);
    }
    return drawn_;
  }
  /// How many stretches there are that say something of their own.
  double independent() const noexcept { return static_cast<double>(windows_) / static_cast<double>(length_); }

 private:
  std::size_t windows_;
  std::size_t length_;
  Random random_;
  std::vector<std::size_t> drawn_;
};

/// Adds up windows and reads quantiles, without a histogram of its own for each round.
class Adder {
 public:
  Adder(const std::vector<Counts>& windows, const Layout& layout) : windows_(&windows), layout_(layout), sums_(layout.size()) {}

  /// Nothing where there are no values.
  std::optional<std::vector<double>> read(const std::vector<std::size_t>& chosen, const std::vector<double>& quantiles) {
    std::uint64_t total = 0;
    std::size_t begin = sums_.size(), end = 0;
    for (const std::size_t window : chosen) {
      const Counts& counts = (*windows_)[window];
      if (counts.empty()) continue;
      begin = std::min<std::size_t>(begin, counts.front().index);
      end = std::max<std::size_t>(end, counts.back().index + 1);
      for (const Place& place : counts) {
        sums_[place.index] += place.count;
        total += place.count;
      }
    }
    if (total == 0) return {};
    std::vector<double> found;
    found.reserve(quantiles.size());
    for (const double quantile : quantiles)
      found.push_back(at_rank(begin, end, std::max(1.0, std::ceil(quantile * static_cast<double>(total) - 1e-6))));
    std::fill(sums_.begin() + static_cast<std::ptrdiff_t>(begin), sums_.begin() + static_cast<std::ptrdiff_t>(end), 0);
    return found;
  }

 private:
  double at_rank(std::size_t begin, std::size_t end, double rank) const {
    std::uint64_t seen = 0;
    for (std::size_t i = begin; i != end; ++i) {
      seen += sums_[i];
      if (static_cast<double>(seen) >= rank) return static_cast<double>(layout_.middle_at(i));
    }
    return static_cast<double>(layout_.middle_at(end - 1));
  }

  const std::vector<Counts>* windows_;
  Layout layout_;
  std::vector<std::uint64_t> sums_;
};

/// Of few stretches the rounds spread less than what they were drawn from: by the root of (k - 1)/k, and by what Student's distribution has
/// more in its tails than the normal one. Hesterberg's expanded percentile interval (2015, doi 10.1080/00031305.2015.1089789) takes
/// percentiles that lie so much further out.
double outside_of(double stretches) {
  const double student = boost::math::quantile(boost::math::students_t(stretches - 1), 1 - outside);
  return boost::math::cdf(boost::math::normal(), -student * std::sqrt(stretches / (stretches - 1)));
}

Confidence between(std::vector<double>& rounds, double beyond) {
  std::sort(rounds.begin(), rounds.end());
  const auto at = [&](double share) {
    return rounds[static_cast<std::size_t>(std::lround(share * static_cast<double>(rounds.size() - 1)))];
  };
  return {at(beyond), at(1 - beyond)};
}

using Reader = std::function<std::optional<std::vector<double>>(const std::vector<std::size_t>&)>;

/// What `read` says of all windows, and of as many resampled ones as there are rounds.
std::vector<Estimate> resample(std::size_t windows, std::size_t values, const Reader& read, BootstrapOptions options) {
  std::vector<Estimate> estimates(values);
  if (windows < fewest_windows) return estimates;
  std::vector<std::size_t> all(windows);
  for (std::size_t i = 0; i != windows; ++i) all[i] = i;
  const auto whole = read(all);
  if (!whole) return estimates;
  std::vector<std::vector<double>> rounds(values);
  Blocks blocks(windows, options.seed);
  for (unsigned round = 0; round != options.rounds; ++round) {
    const auto found = read(blocks.draw());
    if (!found) continue;  // windows without a value only
    for (std::size_t i = 0; i != values; ++i) rounds[i].push_back((*found)[i]);
  }
  const double beyond = outside_of(blocks.independent());
  for (std::size_t i = 0; i != values; ++i) {
    if (!rounds[i].empty()) estimates[i] = {(*whole)[i], between(rounds[i], beyond), true};
  }
  return estimates;
}

}  // namespace

std::pair<Series, Series> side_by_side(Series one, Series two) {
  prepare(std::array{&one, &two});
  return {std::move(one), std::move(two)};
}

std::vector<Estimate> bootstrap(const Series& series, Times times, const std::vector<double>& quantiles,
                                BootstrapOptions options) {
  Series windows = series;
  prepare(std::array{&windows});
  const std::vector<Counts> counts = counts_of(windows, times);
  Adder adder(counts, layout_of(times.known));
  return resample(
      counts.size(), quantiles.size(), [&](const auto& chosen) { return adder.read(chosen, quantiles); }, options);
}

std::vector<Estimate> bootstrap_difference(const Series& one, const Series& two, Times times,
                                           const std::vector<double>& quantiles, BootstrapOptions options) {
  const auto [first, second] = side_by_side(one, two);
  const std::vector<Counts> first_counts = counts_of(first, times), second_counts = counts_of(second, times);
  Adder first_adder(first_counts, layout_of(times.known)), second_adder(second_counts, layout_of(times.known));
  const Reader read = [&](const std::vector<std::size_t>& chosen) -> std::optional<std::vector<double>> {
    const auto before = first_adder.read(chosen, quantiles);
    auto after = second_adder.read(chosen, quantiles);
    if (!before || !after) return {};
    for (std::size_t i = 0; i != quantiles.size(); ++i) (*after)[i] -= (*before)[i];
    return after;
  };
  return resample(first_counts.size(), quantiles.size(), read, options);
}

std::vector<Change> bootstrap_change(const Series& one, const Series& two, Times times, const std::vector<double>& quantiles,
                                     BootstrapOptions options) {
  Series first = one, second = two;
  prepare(std::array{&first});
  prepare(std::array{&second});
  const std::vector<Counts> first_counts = counts_of(first, times), second_counts = counts_of(second, times);
  std::vector<Change> changes(quantiles.size());
  if (second_counts.size() < fewest_windows) return changes;
  Adder first_adder(first_counts, layout_of(times.known)), second_adder(second_counts, layout_of(times.known));
  std::vector<std::size_t> all(second_counts.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  Blocks blocks(second_counts.size(), options.seed + 1);
  bool whole = true;  // the first question is for all windows
  const Reader read = [&](const std::vector<std::size_t>& chosen) -> std::optional<std::vector<double>> {
    const auto before = first_adder.read(chosen, quantiles), after = second_adder.read(whole ? all : blocks.draw(), quantiles);
    whole = false;
    if (!before || !after) return {};
    std::vector<double> found;
    for (std::size_t i = 0; i != quantiles.size(); ++i) {
      found.push_back((*after)[i] - (*before)[i]);
      found.push_back((*after)[i] / std::max(1.0, (*before)[i]) - 1);
    }
    return found;
  };
  const auto estimates = resample(first_counts.size(), 2 * quantiles.size(), read, options);
  for (std::size_t i = 0; i != quantiles.size(); ++i) changes[i] = {estimates[2 * i], estimates[2 * i + 1]};
  return changes;
}

Estimate bootstrap_mean_difference(const Series& one, const Series& two, const std::function<double(const Window&)>& sum_of,
                                   BootstrapOptions options) {
  const auto sides = side_by_side(one, two);
  const auto mean = [&sum_of](const Series& series, const std::vector<std::size_t>& chosen) -> std::optional<double> {
    double sum = 0, successes = 0;
    for (const std::size_t i : chosen) {
      sum += sum_of(series.windows[i]);
      successes += static_cast<double>(series.windows[i][Metric::success].count);
    }
    if (successes == 0) return {};
    return sum / successes;
  };
  const Reader read = [&](const std::vector<std::size_t>& chosen) -> std::optional<std::vector<double>> {
    const auto before = mean(sides.first, chosen), after = mean(sides.second, chosen);
    if (!before || !after) return {};
    return std::vector{*after - *before};
  };
  return resample(sides.first.windows.size(), 1, read, options).front();
}

Estimate bootstrap_mean_difference(const Series& one, const Series& two, Metric metric, BootstrapOptions options) {
  return bootstrap_mean_difference(
      one, two, [metric](const Window& window) { return static_cast<double>(window[metric].sum); }, options);
}

}  // namespace loadtest::measure
