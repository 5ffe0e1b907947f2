#include "loadtest/measure/percentile.hpp"

#include <algorithm>
#include <cmath>

namespace loadtest::measure {
namespace {

constexpr double values_beyond = 10;
constexpr double same = 0.01;

}  // namespace

std::uint64_t values_needed(double quantile) noexcept {
  if (quantile >= 1) return 1;  // the maximum is what it is
  // 1 - 0.9 is a little less than 0.1 in binary, and must not ask for one more.
  return static_cast<std::uint64_t>(std::max(1.0, std::ceil(values_beyond / (1 - quantile) - 1e-6)));
}

Reading read_percentile(const Histogram& known, const Histogram& given_up, double quantile) {
  const std::uint64_t need = values_needed(quantile);
  if (known.total() + given_up.total() < need) return {Reading::State::too_few, 0, need};
  if (given_up.empty()) return {Reading::State::known, known.value_at_percentile(quantile * 100), need};
  Histogram all = known;
  all.merge(given_up);
  const std::uint64_t rank = all.rank_of(quantile * 100);
  const std::uint64_t least = all.value_at_rank(rank);
  const bool told =
      rank <= known.total() && static_cast<double>(known.value_at_rank(rank)) <= static_cast<double>(least) * (1 + same);
  return {told ? Reading::State::known : Reading::State::at_least, least, need};
}

Reading response_percentile(const Series& series, double quantile) {
  return read_percentile(series.total(Metric::success), series.total(Metric::unfinished), quantile);
}
Reading service_percentile(const Series& series, double quantile) {
  return read_percentile(series.total(Metric::service), series.total(Metric::service_unfinished), quantile);
}
Reading first_byte_percentile(const Series& series, double quantile) {
  return read_percentile(series.total(Metric::first_byte), series.total(Metric::first_byte_unfinished), quantile);
}

}  // namespace loadtest::measure
