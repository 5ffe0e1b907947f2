#include <fmt/format.h>

#include "loadtest/measure/bootstrap.hpp"
#include "loadtest/report/diff.hpp"
#include "loadtest/report/figures.hpp"
#include "loadtest/report/text.hpp"

namespace loadtest::report {
namespace {

using measure::Metric;
using measure::Result;
using State = LimitOutcome::State;

constexpr std::array quantiles = {0.5, 0.9, 0.99, 0.999};

std::string confidence(const measure::Change& change) {
  if (!change.absolute.known) return "";
  return fmt::format("[{}, {}]", difference(change.absolute.confidence.lower), difference(change.absolute.confidence.upper));
}

std::string relative(double before, double after) {
  if (before == 0) return "";
  return fmt::format("{:+.1f} %", 100 * (after / before - 1));
}

void add_percentiles(Table& table, const Result& base, const Result& fresh, std::string_view name, measure::Times times) {
  const auto changes = measure::bootstrap_change(base.series, fresh.series, times, {quantiles.begin(), quantiles.end()});
  for (std::size_t i = 0; i != quantiles.size(); ++i) {
    const auto read = [&](const Result& result) {
      return read_percentile(result.series.total(times.known), result.series.total(times.given_up), quantiles[i]);
    };
    const measure::Reading before = read(base), after = read(fresh);
    const bool both = before.state == measure::Reading::State::known && after.state == measure::Reading::State::known;
    const double one = static_cast<double>(before.value), two = static_cast<double>(after.value);
    table.row({fmt::format("{} {}", name, name_of_quantile(quantiles[i])), percentile(before), percentile(after),
               both ? difference(two - one) : "", both ? relative(one, two) : "", both ? confidence(changes[i]) : ""});
  }
}

std::string mark(State state, const Paint& paint) {
  switch (state) {
    case State::kept:
      return paint.good("✓");
    case State::broken:
      return paint.bad("✗");
    case State::unclear:
    case State::unknown:
      break;
  }
  return paint.doubtful("?");
}

}  // namespace

std::string text_of_diff(const Result& base, const Result& fresh, const std::vector<LimitOutcome>& outcomes, bool colour) {
  const Paint paint(colour);
  std::string out;
  for (const auto& [name, result] : {std::pair{"BASE", &base}, {"NEW", &fresh}}) {
    if (!result->verdict.valid) out += paint.bad(fmt::format("{} is INVALID (generator)", name)) + "\n";
  }
  for (const LimitOutcome& outcome : outcomes) {
    out += fmt::format("  {} {}  {}{}\n", mark(outcome.state, paint), printable(outcome.text), outcome.observed,
                       outcome.state == State::unclear ? "  could be chance" : "");
  }
  if (!outcomes.empty()) out += "\n";
  Table table;
  table.row({"", "BASE", "NEW", "change", "", "95 % confidence"});
  table.row({"requests/s", rate(base.achieved()), rate(fresh.achieved()), "", relative(base.achieved(), fresh.achieved()), ""});
  table.row({"errors", percent(base.error_share()), percent(fresh.error_share()),
             fmt::format("{:+.2f} points", 100 * (fresh.error_share() - base.error_share())), "", ""});
  add_percentiles(table, base, fresh, "response", {});
  add_percentiles(table, base, fresh, "first byte", {Metric::first_byte, Metric::first_byte_unfinished});
  out += table.text();
  if (base.settings != fresh.settings) out += "\nThe two were not asked for the same: their settings differ.\n";
  return out;
}

}  // namespace loadtest::report
