#include <fmt/format.h>

#include <algorithm>

#include "loadtest/report/capacity_model.hpp"
#include "loadtest/report/figures.hpp"
#include "loadtest/report/text.hpp"
#include "loadtest/report/text_report.hpp"

namespace loadtest::report {
namespace {

using measure::Capacity;
using measure::Trial;

std::string answer(const Capacity& capacity, const Paint& paint) {
  std::string goals;
  for (const std::string& objective : capacity.objectives) goals += (goals.empty() ? "" : " and ") + objective;
  if (capacity.lower <= 0) return paint.bad("No rate that was tried holds ") + printable(goals) + "\n";
  if (!capacity.upper) {
    return fmt::format("{} or more holds {}: the generator was the limit\n", paint.strong(rate(capacity.lower) + " requests/s"),
                       printable(goals));
  }
  return fmt::format("Capacity: {}. The first holds {}; at the second {} breaks first.\n",
                     paint.strong(fmt::format("{} to {} requests/s", rate(capacity.lower), rate(*capacity.upper))),
                     printable(goals), printable(capacity.broken));
}

std::string trials_table(const Capacity& capacity, const Paint& paint) {
  std::vector<Trial> trials = capacity.trials;
  std::stable_sort(trials.begin(), trials.end(), [](const Trial& a, const Trial& b) { return a.rate < b.rate; });
  double most = 0;
  for (const Trial& trial : trials) most = std::max(most, static_cast<double>(trial.p99));
  Table table;
  table.row({"Rate", "achieved", "p50", "p99", "errors", "in flight", "server", "for", "", ""});
  for (const Trial& trial : trials) {
    const std::string outcome = !trial.conclusive ? "inconclusive" : trial.held ? "held" : printable(trial.broken);
    table.row({rate(trial.rate) + "/s", rate(trial.achieved) + "/s", duration(static_cast<double>(trial.p50)),
               duration(static_cast<double>(trial.p99)), percent(trial.error_share), fmt::format("{:.1f}", trial.in_flight),
               trial.server_cores > 0 ? fmt::format("{:.2f} cores", trial.server_cores) : "",
               duration(static_cast<double>(trial.length)),
               left(bar(most == 0 ? 0 : static_cast<double>(trial.p99) / most, 16), 16), left(outcome, 14)});
  }
  (void)paint;
  return table.text();
}

std::string model_text(const Capacity& capacity) {
  const auto fit = fit_of(capacity);
  if (!fit) return "No model: it takes six trials that say something about scaling.\n";
  const auto peak = fit->peak();
  std::string out = fmt::format(
      "Model (Universal Scalability Law, not a result): {}/s for one, contention {:.4f}, coherency {:.2e}, R² {:.3f}\n",
      rate(fit->lambda), fit->sigma, fit->kappa, fit->r_squared);
  if (!peak) return out + "  no peak: contention alone limits it\n";
  return out + fmt::format("  it peaks at {:.0f} at once, {}/s; {} dominates\n", *peak, rate(fit->at(*peak)),
                           fit->sigma > fit->kappa * *peak ? "contention" : "coherency");
}

}  // namespace

std::string text_report(const Capacity& capacity, TextStyle style) {
  const Paint paint(style.colour);
  std::string out = verdict_lines(capacity.base.verdict, {}, capacity.base.title, paint) + "\n" + answer(capacity, paint) +
                    "\n" + trials_table(capacity, paint);
  if (const auto knee = knee_of(capacity))
    out += fmt::format("Knee: {}/s, where p99 leaves twice that of the lowest rate\n", rate(*knee));
  out += "\n" + model_text(capacity);
  for (const std::string& note : capacity.base.notes) out += "  " + printable(note) + "\n";
  if (capacity.base.floor) out += "\nMachine floor: " + floor_text(*capacity.base.floor) + "\n";
  return out + fmt::format("\nRequests/sec: {:10.2f}\n", capacity.lower);
}

}  // namespace loadtest::report
