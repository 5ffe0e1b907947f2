// `capacity`: trials, until it is known which rate holds its objectives and which does not.

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <optional>

#include "loadtest/command/aim.hpp"
#include "loadtest/command/commands.hpp"
#include "loadtest/command/perform.hpp"
#include "loadtest/command/rails.hpp"
#include "loadtest/command/selftest.hpp"
#include "loadtest/command/taken.hpp"
#include "loadtest/measure/percentile.hpp"
#include "loadtest/plan/capacity_search.hpp"
#include "loadtest/plan/numbers.hpp"
#include "loadtest/report/figures.hpp"
#include "loadtest/report/objectives.hpp"

namespace loadtest::command {
namespace {

using measure::Nanoseconds;
using Outcome = plan::CapacitySearch::Outcome;

constexpr Nanoseconds second = 1'000'000'000;
// So that a percentile of an objective can be read at a low rate; beyond, a trial takes too long to be worth it.
constexpr Nanoseconds longest_for_values = 60 * second;
constexpr Nanoseconds probe = second / 2;
constexpr unsigned most_probes = 20;
constexpr double least_achieved = 0.99;
constexpr double recovered = 1.2;         ///< of the median that the first trial had
constexpr Nanoseconds slack = 1'000'000;  ///< beneath which medians differ by chance

plan::SearchRules rules_of(const CapacityOptions& options) {
  plan::SearchRules rules;
  rules.from = take("--from", options.from, plan::parse_rate(options.from));
  rules.most = take("--max-rate", options.most, plan::parse_rate(options.most));
  rules.trial = take("--trial", options.trial, plan::parse_span(options.trial));
  rules.longest = take("--longest-trial", options.longest_trial, plan::parse_span(options.longest_trial));
  rules.precision = take("--precision", options.precision, plan::parse_percent(options.precision)) / 100;
  if (rules.from > rules.most) throw Mistake("--from is beyond --max-rate");
  if (rules.trial < second / 2) throw Mistake("--trial must be at least 500ms: less says nothing");
  if (rules.longest < rules.trial) throw Mistake("--longest-trial is shorter than --trial");
  if (rules.precision < 0.005) throw Mistake("--precision must be at least 0.5%");
  return rules;
}

/// Makes one trial after another and remembers what came of them.
class Trials {
 public:
  Trials(const CapacityOptions& options, plan::Settings settings, const Interrupt& interrupt)
      : options_(options), settings_(std::move(settings)), interrupt_(interrupt), floor_(floor_of_machine(interrupt)) {
    found_.objectives = options.load.objectives;
  }

  Outcome make(const plan::CapacitySearch::Trial& asked) {
    const auto length = long_enough(asked);
    auto result = load(asked.rate, length, true);
    measure::Trial made;
    made.rate = asked.rate;
    made.achieved = result.achieved();
    made.length = result.length;
    made.error_share = result.error_share();
    made.in_flight = result.little.expected;
    made.p50 = value_of(result, 0.5);
    made.p99 = value_of(result, 0.99);
    made.held = report::all_held(result.objectives);
    // What was late is late for the objectives too: a rate that was really sent and holds all the same does hold.
    made.conclusive = result.verdict.valid || (made.held && made.achieved >= least_achieved * asked.rate);
    if (!made.held) made.broken = first_broken(result);
    const auto outcome = !made.conclusive ? Outcome::generator : made.held ? Outcome::held : Outcome::broken;
    tell(made, outcome);
    if (outcome == Outcome::held && asked.rate >= best_) {
      best_ = asked.rate;
      found_.base = std::move(result);
    } else if (found_.trials.empty()) {
      found_.base = std::move(result);
    }
    if (median_ == 0) median_ = std::max<Nanoseconds>(made.p50, 1);
    if (outcome == Outcome::broken && found_.broken.empty()) found_.broken = made.broken;
    found_.trials.push_back(std::move(made));
    if (outcome != Outcome::held) recover();
    return outcome;
  }

  measure::Capacity take() { return std::move(found_); }

 private:
  /// The trial is longer where the objectives' percentiles need more requests than it would have.
  Nanoseconds long_enough(const plan::CapacitySearch::Trial& asked) const {
    double needed = 0;
    for (const auto& slo : settings_.objectives) {
      if (slo.of == plan::Slo::Of::percentile)
        needed = std::max(needed, static_cast<double>(measure::values_needed(slo.quantile)));
    }
    // A tenth more, for those that fail.
    const auto for_values = static_cast<Nanoseconds>(1.1 * needed / asked.rate * static_cast<double>(second));
    return std::max(asked.length, std::min(for_values, longest_for_values));
  }

  measure::Result load(double rate, Nanoseconds length, bool judged) {
    Performance performance;
    performance.plan.load = settings_.load;
    performance.plan.load.open_loop = true;
    performance.plan.load.warm_up = plan::WarmUp::none;
    performance.plan.load.stages = {{length, rate}};
    performance.plan.lanes.push_back({settings_.targets, settings_.transport, settings_.expect});
    performance.about = {settings_.targets.front().url(), options_.load.told(), {}, settings_.labels};
    if (judged) performance.about.objectives = settings_.objectives;
    performance.abort_on_fail = judged;
    performance.progress = false;
    performance.floor = floor_;
    return std::move(perform(performance, interrupt_).front());
  }

  static Nanoseconds value_of(const measure::Result& result, double quantile) {
    const auto reading = measure::response_percentile(result.series, quantile);
    return reading.state == measure::Reading::State::too_few ? 0 : static_cast<Nanoseconds>(reading.value);
  }
  static std::string first_broken(const measure::Result& result) {
    for (const auto& one : result.objectives) {
      if (one.outcome != measure::Objective::Outcome::held) return one.text;
    }
    return {};
  }

  void tell(const measure::Trial& made, Outcome outcome) const {
    if (options_.outputs.no_progress) return;
    const auto* word = outcome == Outcome::held     ? "held"
                       : outcome == Outcome::broken ? "broken"
                                                    : "the generator was the limit";
    std::cerr << fmt::format("{:>9}/s for {:>6}: p99 {:>9}, errors {}: {}{}{}\n", report::rate(made.rate),
                             report::duration(static_cast<double>(made.length)),
                             made.p99 == 0 ? "n/a" : report::duration(static_cast<double>(made.p99)),
                             report::percent(made.error_share), word, made.broken.empty() ? "" : ", ", made.broken);
  }

  /// What an overload has left in queues must not be held against the next rate: waits until little load is served as in the beginning.
  void recover() {
    for (unsigned i = 0; i != most_probes && !interrupt_.told(); ++i) {
      const auto result = load(std::min(found_.trials.front().rate, 40.0), probe, false);
      const auto median = static_cast<Nanoseconds>(result.series.total(measure::Metric::success).value_at_percentile(50));
      if (median > 0 && static_cast<double>(median) <= recovered * static_cast<double>(median_) + slack) return;
    }
    found_.base.notes.push_back("after an overload it did not become as fast again as it was in the beginning");
  }

  const CapacityOptions& options_;
  plan::Settings settings_;
  const Interrupt& interrupt_;
  std::optional<measure::Floor> floor_;
  measure::Capacity found_;
  double best_ = 0;
  Nanoseconds median_ = 0;
};

}  // namespace

int capacity(const CapacityOptions& options) {
  const Interrupt interrupt;
  check(options.outputs);
  LoadFlags flags = options.load;
  if (flags.objectives.empty())
    throw Mistake("capacity needs an objective: how much at which quality?", "--slo 'p99<100ms' --slo 'errors<0.1%'");
  const auto rules = rules_of(options);
  std::optional<Space> space;
  if (!options.space.empty()) {
    space = Runtime(sockets_of(options.state)).space(options.space);
    flags.url = url_in(*space, flags.url);
  }
  flags.rate = options.from;
  auto settings = settings_of(flags);
  if (space) through_gateway(*space, settings.transport);
  if (!flags.mine) check_is_here(settings);

  Trials trials(options, std::move(settings), interrupt);
  plan::CapacitySearch search(rules);
  while (const auto trial = search.next()) {
    const auto outcome = trials.make(*trial);
    if (interrupt.told()) break;
    search.took(outcome);
  }
  auto found = trials.take();
  found.lower = search.lower();
  found.upper = search.upper();
  if (interrupt.told()) found.base.notes.push_back("interrupted: the interval is what was known until then");
  write(options.outputs, found);
  if (interrupt.told()) return static_cast<int>(Exit::interrupted);
  return static_cast<int>(found.lower > 0 ? Exit::ok : search.generator_bound() ? Exit::invalid : Exit::broken);
}

}  // namespace loadtest::command
