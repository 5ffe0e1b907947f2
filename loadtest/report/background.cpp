#include "loadtest/report/background.hpp"

#include <fmt/format.h>

#include "loadtest/report/figures.hpp"

namespace loadtest::report {

std::string about_background(const measure::Result& background) {
  const auto& series = background.series;
  const std::string asked = background.open_loop ? "of " + rate(background.offered) + "/s offered"
                                                 : fmt::format("by a closed loop of {}", background.connections);
  std::string out =
      fmt::format("{} requests, {}/s {}, p99 {}, errors {}", whole(series.started()), rate(background.achieved()), asked,
                  percentile(measure::response_percentile(series, 0.99)), percent(background.error_share()));
  // The others are interrupted when the measured load is over.
  if (!background.interrupted) out += ", ended by itself after " + duration(static_cast<double>(background.length));
  const auto open = series.by_ending()[static_cast<std::size_t>(measure::Ending::in_flight)];
  if (open != 0) out += fmt::format(", {} in flight when it ended", whole(open));
  for (const std::string& note : background.notes) out += "; " + note;
  return printable(out);
}

}  // namespace loadtest::report
