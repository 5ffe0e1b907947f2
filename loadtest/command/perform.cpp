#include "loadtest/command/perform.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "loadtest/command/background_runs.hpp"
#include "loadtest/command/doom.hpp"
#include "loadtest/measure/validity.hpp"
#include "loadtest/plan/schedule.hpp"
#include "loadtest/report/live_view.hpp"
#include "loadtest/report/objectives.hpp"
#include "loadtest/report/prometheus.hpp"

namespace loadtest::command {
namespace {

using measure::Nanoseconds;

report::LiveStyle style_of_terminal() {
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  winsize size{};
  const bool known = terminal && ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0;
  return report::LiveStyle::of(terminal, std::getenv("NO_COLOR"), std::getenv("COLUMNS"), std::getenv("TERM"),
                               known ? size.ws_col : 0);
}

Nanoseconds warm_up_of(const plan::Load& load) { return load.warm_up == plan::WarmUp::fixed ? load.warm_up_for : 0; }

/// The whole of it as far as it is known in front; 0: only a number of requests is.
Nanoseconds length_of(const plan::Load& load) {
  if (load.open_loop) return plan::Schedule(load).length();
  return load.duration ? *load.duration + warm_up_of(load) : 0;
}

/// Shows how it goes, on standard error, and ends it when an objective is lost.
class Onlooker final : public drive::Watcher {
 public:
  explicit Onlooker(const Performance& what)
      : what_(what),
        style_(style_of_terminal()),
        length_(length_of(what.plan.load)),
        view_(style_, what.about.title, length_, what.plan.load.requests.value_or(0)) {
    numbers_.title = what.about.title;
    numbers_.labels = what.about.labels;
    if (what.scrape != nullptr && what.scrape->open()) std::cerr << "Prometheus is served at " << what.scrape->url() << "\n";
  }

  bool look(const drive::Look& seen) override {
    ++looks_;
    measure::Glance all;
    for (const auto& glance : seen.glances) all.merge(glance);
    serve(seen, all);
    // Times are told of all answers since the last line, not of the last look.
    measure::Glance untold;
    untold.recent = std::move(untold_);
    all.merge(untold);
    if (what_.progress && view_.due(seen.now)) {
      std::cerr << view_.show(seen.now, all, seen.now < warm_up_of(what_.plan.load)) << std::flush;
      all.recent.clear();
    }
    untold_ = std::move(all.recent);
    if (!what_.abort_on_fail || !lost_.empty()) return lost_.empty();
    for (const auto& series : seen.series) lost_ = doomed(what_.about.objectives, series, {expected(seen, series)});
    return lost_.empty();
  }
  Nanoseconds interval() const override { return what_.progress && style_.terminal ? view_.interval() : one_second; }
  // Once a second is soon enough to end a run, and as much as they may cost.
  bool wants_series() const override { return what_.abort_on_fail && looks_ % (one_second / interval()) == 0; }

  void finish() {
    if (what_.progress) std::cerr << view_.clear() << std::flush;
  }
  const std::string& lost() const noexcept { return lost_; }

 private:
  static constexpr Nanoseconds one_second = 1'000'000'000;

  void serve(const drive::Look& seen, const measure::Glance& all) {
    if (what_.scrape == nullptr || !what_.scrape->open()) return;
    numbers_.now = seen.now;
    numbers_.seen = all;
    numbers_.connections = seen.connections;
    numbers_.answers.add_packed(all.recent);
    what_.scrape->show(report::prometheus_text(numbers_));
  }

  /// How many requests the whole run will have.
  double expected(const drive::Look& seen, const measure::Series& series) const {
    const auto& load = what_.plan.load;
    if (load.requests) return static_cast<double>(*load.requests);
    if (load.open_loop) return plan::Schedule(load).expected() / static_cast<double>(what_.plan.lanes.size());
    // A closed loop goes faster when it goes better: at the most as fast as until now, which is a guess that the end corrects.
    const double done = static_cast<double>(seen.now) / static_cast<double>(std::max<Nanoseconds>(length_, 1));
    return static_cast<double>(series.started()) / std::clamp(done, 0.01, 1.0);
  }

  const Performance& what_;
  report::LiveStyle style_;
  Nanoseconds length_;
  report::LiveView view_;
  std::int64_t looks_ = 0;        ///< how often we were shown something
  measure::PackedCounts untold_;  ///< response times since the last line
  report::LiveNumbers numbers_;
  std::string lost_;
};

}  // namespace

std::vector<measure::Result> perform(const Performance& what, const Interrupt& interrupt) {
  Onlooker onlooker(what);
  auto consumers = what.consumers;
  consumers.insert(consumers.begin(), this_process());
  UsageSampler sampler(std::move(consumers));
  BackgroundRuns beside(what.background, interrupt.token());
  auto seen = drive::run(what.plan, &onlooker, interrupt.token(), what.requests == nullptr ? nullptr : what.requests->tape());
  const auto background = beside.end();
  onlooker.finish();
  if (seen.ended == drive::Ended::unreachable) {
    throw Mistake(seen.problem, "is it started, and is that its port?", Exit::unreachable);
  }
  const auto usage = sampler.take(seen.began_at);
  auto results = results_of(what.plan, std::move(seen), what.about);
  if (const auto missing = what.requests == nullptr ? std::string{} : what.requests->finish(); !missing.empty())
    results.front().notes.push_back(missing);
  for (auto& result : results) {
    result.usage = usage;
    result.background = background;
    result.verdict = measure::judge(result);  // anew: the generators of what ran beside it count
    result.floor = what.floor;
  }
  if (!onlooker.lost().empty()) {
    for (auto& result : results)
      result.notes.push_back("ended early: " + onlooker.lost() + " cannot be held any more (--abort-on-fail)");
  }
  return results;
}

Exit exit_of(const measure::Result& result) noexcept {
  if (result.interrupted) return Exit::interrupted;
  if (!result.verdict.valid) return Exit::invalid;
  // Nobody who runs this in a script wants to hear that all is well with a server that answers nothing but 503.
  const auto& series = result.series;
  if (series.started() > 0 &&
      series.summary(measure::Metric::success).count + series.summary(measure::Metric::client_error).count == 0) {
    return Exit::broken;
  }
  return result.objectives.empty() || report::all_held(result.objectives) ? Exit::ok : Exit::broken;
}

}  // namespace loadtest::command
