#include <fmt/format.h>

#include <algorithm>

#include "loadtest/measure/differences.hpp"
#include "loadtest/report/figures.hpp"
#include "loadtest/report/text.hpp"
#include "loadtest/report/text_report.hpp"

namespace loadtest::report {
namespace {

using measure::Attribution;
using measure::Comparison;
using measure::Differences;
using measure::Estimate;
using measure::Reading;

std::string with_confidence(const Estimate& estimate) {
  if (!estimate.known) return "n/a (too short)";
  return fmt::format("{} [{}, {}]", difference(estimate.value), difference(estimate.confidence.lower),
                     difference(estimate.confidence.upper));
}

bool both_known(const measure::PercentileDifference& percentile) noexcept {
  return percentile.one.state == Reading::State::known && percentile.two.state == Reading::State::known;
}

std::string percentiles_table(const Comparison& comparison, const Differences& differences) {
  Table table;
  table.row({"Response", printable(comparison.name_one), printable(comparison.name_two), "difference [95 % confidence]"});
  for (const auto& each : differences.percentiles) {
    table.row({name_of_quantile(each.quantile), percentile(each.one), percentile(each.two),
               both_known(each) ? with_confidence(each.difference) : ""});
  }
  table.row({"errors", percent(comparison.one.error_share()), percent(comparison.two.error_share()), ""});
  return table.text();
}

/// One sentence that says what was found.
std::string finding(const Comparison& comparison, const Differences& differences, const Paint& paint) {
  if (!both_known(differences.percentiles.front()))
    return "Nothing can be said of p50: one of the two had too few answers, or too many requests that were given up.\n";
  const Estimate& median = differences.median();
  if (!median.known) return "The run was too short to tell: at least eight windows of a quarter of a second.\n";
  const std::string chance = differences.chance < 0.001 ? "p < 0.001" : fmt::format("p = {:.3f}", differences.chance);
  const std::string two = printable(comparison.name_two);
  if (!differences.found())
    return fmt::format("{} No difference was found at p50: {} (Wilcoxon {}).\n", paint.doubtful("≈"), with_confidence(median),
                       chance);
  return fmt::format("{} {} is {} at p50: {} (Wilcoxon {}).\n", paint.strong("→"), two, median.value > 0 ? "slower" : "faster",
                     with_confidence(median), chance);
}

std::string attribution_table(const Comparison& comparison, const Attribution& attribution) {
  Table table;
  table.row(
      {"Mean of a success", printable(comparison.name_one), printable(comparison.name_two), "difference [95 % confidence]"});
  for (const Attribution::Phase& phase : attribution.phases) {
    table.row({std::string(phase.name), duration(phase.one), duration(phase.two), with_confidence(phase.difference)});
  }
  table.row({"total", duration(attribution.total.one), duration(attribution.total.two),
             with_confidence(attribution.total.difference)});
  std::string out = table.text();
  if (attribution.parts.empty()) return out;
  Table parts;
  parts.row({"Of the difference, as the server says", "mean"});
  for (const Attribution::Part& part : attribution.parts) parts.row({printable(part.name), difference(part.mean)});
  parts.row({"other", difference(attribution.other)});
  return out + "\n" + parts.text();
}

}  // namespace

std::string text_report(const Comparison& comparison, TextStyle style) {
  const Paint paint(style.colour);
  measure::Verdict verdict{comparison.one.verdict.valid && comparison.two.verdict.valid, comparison.one.verdict.reasons};
  for (const std::string& reason : comparison.two.verdict.reasons) {
    if (std::find(verdict.reasons.begin(), verdict.reasons.end(), reason) == verdict.reasons.end())
      verdict.reasons.push_back(reason);
  }
  const std::string title = comparison.name_one + " against " + comparison.name_two;
  const Differences differences = measure::differences_of(comparison);
  std::string out = verdict_lines(verdict, comparison.two.objectives, title, paint) + "\n";
  out += finding(comparison, differences, paint) + "\n" + percentiles_table(comparison, differences) + "\n";
  out += attribution_table(comparison, differences.attribution);
  for (const auto& [name, side] : {std::pair{&comparison.name_one, &comparison.one}, {&comparison.name_two, &comparison.two}}) {
    out += fmt::format("\n{}  {}\n  {} requests, {}/s, errors {}\n", paint.strong(printable(*name)), printable(side->title),
                       whole(side->series.started()), rate(side->achieved()), percent(side->error_share()));
    for (const std::string& note : side->notes) out += "  " + printable(note) + "\n";
  }
  if (comparison.one.floor) out += "\nMachine floor: " + floor_text(*comparison.one.floor) + "\n";
  const double both = comparison.one.achieved() + comparison.two.achieved();
  const double seconds = static_cast<double>(std::max(comparison.one.length, comparison.two.length)) / 1e9;
  const auto received = static_cast<double>(comparison.one.series.bytes_in() + comparison.two.series.bytes_in());
  return out +
         fmt::format("\nRequests/sec: {:10.2f}\nTransfer/sec: {:>10}\n", both, bytes(seconds <= 0 ? 0 : received / seconds));
}

}  // namespace loadtest::report
