#include "loadtest/report/logs.hpp"

#include <array>
#include <utility>

#include "loadtest/measure/interval_log.hpp"

namespace loadtest::report {
namespace {

using measure::Metric;

struct Tagged {
  Metric metric;
  std::string_view tag;
};
constexpr std::array tagged = {
    Tagged{Metric::success, ""},           Tagged{Metric::service, "service"},  Tagged{Metric::first_byte, "first_byte"},
    Tagged{Metric::client_error, "4xx"},   Tagged{Metric::server_error, "5xx"}, Tagged{Metric::transport, "failed"},
    Tagged{Metric::unfinished, "given_up"}};

std::string tag_of(std::string_view prefix, std::string_view tag) {
  std::string joined(prefix);
  if (!prefix.empty() && !tag.empty()) joined += '.';
  return joined.append(tag);
}

std::string lines(const measure::Series& all, std::string_view prefix) {
  measure::Series series = all;
  series.widen_to(1'000'000'000);
  std::string out;
  const auto line = [&](const measure::Window& window, std::size_t at, Metric metric, std::string_view tag) {
    if (window[metric].count == 0) return;
    measure::Interval interval{tag_of(prefix, tag), static_cast<measure::Nanoseconds>(at) * series.width, series.width,
                               measure::Histogram(layout_of(metric))};
    interval.histogram.add_packed(window[metric].counts);
    out += interval_log_line(interval);
  };
  for (std::size_t i = 0; i < series.warm_up.size(); ++i) line(series.warm_up[i], i, Metric::success, "warm_up");
  for (std::size_t i = 0; i != series.windows.size(); ++i) {
    for (const Tagged& one : tagged) line(series.windows[i], i, one.metric, one.tag);
  }
  return out;
}

}  // namespace

std::string interval_log(const measure::Result& result, std::string_view prefix) {
  return measure::interval_log_head(result.started) + lines(result.series, prefix);
}

std::string interval_log(const measure::Comparison& comparison) {
  return measure::interval_log_head(comparison.one.started) + lines(comparison.one.series, comparison.name_one) +
         lines(comparison.two.series, comparison.name_two);
}

std::string percentile_file(const measure::Result& result) {
  measure::Histogram times = result.series.total(Metric::success);
  times.merge(result.series.total(Metric::unfinished));
  return measure::percentile_table(times);
}

}  // namespace loadtest::report
