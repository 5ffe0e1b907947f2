#include "loadtest/measure/attribution.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace loadtest::measure {
namespace {

using SumOf = std::function<double(const Window&)>;

double sum_of(const Window& window, Metric metric) { return static_cast<double>(window[metric].sum); }

/// Lateness is recorded of failures too: of successes alone it is what their phases leave.
double late_of_successes(const Window& window) {
  double late = sum_of(window, Metric::success);
  for (const Metric phase : {Metric::queue, Metric::connect, Metric::tls, Metric::send, Metric::wait, Metric::receive})
    late -= sum_of(window, phase);
  return late;
}

double mean_of(const Result& result, const SumOf& sum) {
  double all = 0;
  for (const Window& window : result.series.windows) all += sum(window);
  const auto successes = static_cast<double>(result.series.summary(Metric::success).count);
  return successes == 0 ? 0 : all / successes;
}

Attribution::Phase phase_of(const Comparison& comparison, std::string_view name, const SumOf& sum) {
  return {name, mean_of(comparison.one, sum), mean_of(comparison.two, sum),
          bootstrap_mean_difference(comparison.one.series, comparison.two.series, sum)};
}

bool is_no_addition(std::string_view name) noexcept { return name == "app" || name.ends_with("-app") || name == "gap"; }

}  // namespace

Attribution attribute(const Comparison& comparison) {
  Attribution found;
  found.phases.push_back(phase_of(comparison, "late", late_of_successes));
  for (const auto& [name, metric] : {std::pair{"queue", Metric::queue},
                                     {"connect", Metric::connect},
                                     {"tls", Metric::tls},
                                     {"send", Metric::send},
                                     {"wait", Metric::wait},
                                     {"receive", Metric::receive}}) {
    found.phases.push_back(
        phase_of(comparison, name, [phase = metric](const Window& window) { return sum_of(window, phase); }));
  }
  found.total = phase_of(comparison, "total", [](const Window& window) { return sum_of(window, Metric::success); });
  double explained = 0;
  for (const ServerPart& part : comparison.two.server_parts) {
    if (part.count == 0 || is_no_addition(part.name)) continue;
    const double mean = static_cast<double>(part.sum) / static_cast<double>(part.count);
    const auto same = std::find_if(comparison.one.server_parts.begin(), comparison.one.server_parts.end(),
                                   [&](const ServerPart& other) { return other.name == part.name && other.count != 0; });
    const double before =
        same == comparison.one.server_parts.end() ? 0 : static_cast<double>(same->sum) / static_cast<double>(same->count);
    found.parts.push_back({part.name, mean - before});
    explained += mean - before;
  }
  found.other = found.total.two - found.total.one - explained;
  return found;
}

}  // namespace loadtest::measure
