// `wake`: a Space that sleeps, and visitors who come.

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <thread>

#include "loadtest/command/aim.hpp"
#include "loadtest/command/commands.hpp"
#include "loadtest/command/files.hpp"
#include "loadtest/command/machine.hpp"
#include "loadtest/command/perform.hpp"
#include "loadtest/command/selftest.hpp"
#include "loadtest/plan/numbers.hpp"
#include "loadtest/report/figures.hpp"
#include "loadtest/report/text.hpp"

namespace loadtest::command {
namespace {

namespace json = boost::json;
using measure::Metric;
using measure::Nanoseconds;

constexpr std::chrono::seconds to_sleep{60};
constexpr std::uint64_t most_trials = 10'000;
constexpr std::uint64_t largest_burst = 10'000;

/// All trials with as many visitors.
struct Burst {
  std::uint64_t visitors = 1;
  measure::Series asleep;   ///< what visitors met who woke it
  measure::Series awake;    ///< and those who came right behind
  std::uint64_t wakes = 0;  ///< how often it was started or thawed, by its own account
  std::uint64_t trials = 0;
};

std::vector<std::uint64_t> bursts_of(const std::string& text) {
  std::vector<std::uint64_t> sizes;
  for (std::string_view rest = text;;) {
    const auto comma = rest.find(',');
    const auto size = plan::parse_count(rest.substr(0, comma));
    if (!size || *size.value == 0 || *size.value > largest_burst)
      throw Mistake(fmt::format("--burst {}: must be numbers from 1 to {} with commas between", text, largest_burst));
    sizes.push_back(*size.value);
    if (comma == std::string_view::npos) return sizes;
    rest.remove_prefix(comma + 1);
  }
}

/// All at the same moment.
class Together final : public drive::Arrivals {
 public:
  explicit Together(std::uint64_t visitors) : left_(visitors) {}
  std::optional<drive::Due> next() override {
    if (left_ == 0) return std::nullopt;
    --left_;
    return drive::Due{};
  }

 private:
  std::uint64_t left_;
};

class Experiment {
 public:
  Experiment(const WakeOptions& options, const Interrupt& interrupt)
      : options_(options), interrupt_(interrupt), runtime_(sockets_of(options.state)), space_(runtime_.space(options.space)) {
    LoadFlags flags;
    flags.url = url_in(space_, {});
    flags.requests = "1";
    flags.timeout = options.timeout;
    flags.warm_up = "none";
    settings_ = settings_of(flags);
    through_gateway(space_, settings_.transport);
    // A browser would be shown a page that waits; an app's client waits for its answer.
    settings_.targets.front().fields.emplace_back("Accept", "application/json");
  }

  void trial(Burst& burst) {
    const auto before = wakes();
    fall_asleep();
    burst.asleep.merge(visit(burst.visitors));
    if (interrupt_.told()) return;
    runtime_.wait_for(space_.id, {"RUNNING"}, to_sleep);
    burst.wakes += wakes() - before;
    burst.awake.merge(visit(burst.visitors));
    ++burst.trials;
  }
  const Space& space() const noexcept { return space_; }

 private:
  void fall_asleep() {
    const json::object body{{"rest", options_.rest}};
    runtime_.call("POST", "/v1/spaces/" + space_.id + "/sleep", &body);
    runtime_.wait_for(space_.id, {"SLEEPING"}, to_sleep);
  }

  /// How often it has come to RUNNING, as far as its history tells.
  std::uint64_t wakes() const {
    const auto told = runtime_.call("GET", "/v1/spaces/" + space_.id + "/events");
    const auto* object = told.if_object();
    const auto* events = object == nullptr                          ? told.if_array()
                         : object->if_contains("events") == nullptr ? nullptr
                                                                    : object->at("events").if_array();
    if (events == nullptr) return 0;
    return static_cast<std::uint64_t>(std::ranges::count_if(*events, [](const json::value& one) {
      const auto* event = one.if_object();
      const auto* stage = event == nullptr ? nullptr : event->if_contains("event");
      return stage != nullptr && *stage == json::value("RUNNING");
    }));
  }

  measure::Series visit(std::uint64_t visitors) {
    Performance performance;
    performance.plan.load = settings_.load;
    performance.plan.load.open_loop = true;
    performance.plan.load.requests = visitors;
    performance.plan.load.stages = {{1, 1}};
    performance.plan.arrivals = [visitors] { return std::make_unique<Together>(visitors); };
    performance.plan.lanes.push_back({settings_.targets, settings_.transport, settings_.expect});
    performance.about.title = space_.id;
    performance.progress = false;
    return std::move(perform(performance, interrupt_).front().series);
  }

  const WakeOptions& options_;
  const Interrupt& interrupt_;
  Runtime runtime_;
  Space space_;
  plan::Settings settings_;
};

std::string times_of(const measure::Series& series) {
  const auto times = series.total(Metric::success);
  if (times.empty()) return fmt::format("{:>10} {:>10} {:>10}", "n/a", "n/a", "n/a");
  const auto at = [&times](double percentile) {
    return report::duration(static_cast<double>(times.value_at_percentile(percentile)));
  };
  // Ten values must lie beyond a percentile that is printed (4.3): of a few trials there are extremes only.
  return fmt::format("{:>10} {:>10} {:>10}", at(50), times.total() >= 1000 ? at(99) : "n/a",
                     report::duration(static_cast<double>(times.max())));
}

std::uint64_t failures(const measure::Series& series) {
  return series.started() - series.summary(Metric::success).count - series.summary(Metric::client_error).count;
}

void print(const Experiment& experiment, const WakeOptions& options, const std::vector<Burst>& bursts,
           const std::optional<measure::Floor>& floor) {
  std::cout << fmt::format("{}, woken from {}: time from a visitor's request to the whole answer\n\n", experiment.space().id,
                           options.rest)
            << fmt::format("{:>9} {:>7} | {:>10} {:>10} {:>10} | {:>10} {:>10} {:>10} | {:>7} {:>6}\n", "visitors", "trials",
                           "asleep p50", "p99", "max", "awake p50", "p99", "max", "failed", "wakes");
  for (const auto& burst : bursts) {
    std::cout << fmt::format("{:>9} {:>7} | {} | {} | {:>7} {:>6}\n", burst.visitors, burst.trials, times_of(burst.asleep),
                             times_of(burst.awake), failures(burst.asleep) + failures(burst.awake), burst.wakes);
  }
  std::cout << "\nOne wake for a trial, however many visitors: "
            << (std::ranges::all_of(bursts, [](const auto& one) { return one.wakes == one.trials; }) ? "yes" : "NO") << "\n";
  if (floor) std::cout << "Machine floor: " << report::floor_text(*floor) << "\n";
}

json::object to_json(const Experiment& experiment, const WakeOptions& options, const std::vector<Burst>& bursts,
                     const std::optional<measure::Floor>& floor) {
  json::array list;
  for (const auto& burst : bursts) {
    const auto of = [](const measure::Series& series) {
      const auto times = series.total(Metric::success);
      return json::object{{"count", times.total()},
                          {"min_ns", times.min()},
                          {"p50_ns", times.value_at_percentile(50)},
                          {"max_ns", times.max()},
                          {"failed", failures(series)}};
    };
    list.push_back(json::object{{"visitors", burst.visitors},
                                {"trials", burst.trials},
                                {"wakes", burst.wakes},
                                {"asleep", of(burst.asleep)},
                                {"awake", of(burst.awake)}});
  }
  return {{"schema", measure::schema},      {"kind", "wake"},
          {"space", experiment.space().id}, {"rest", options.rest},
          {"machine", this_machine()},      {"floor", measure::to_json(floor)},
          {"bursts", std::move(list)}};
}

}  // namespace

int wake(const WakeOptions& options) {
  const Interrupt interrupt;
  if (options.space.empty()) throw Mistake("which Space? --space NAME");
  if (options.rest != "frozen" && options.rest != "stopped")
    throw Mistake(fmt::format("--rest {}: must be frozen or stopped", options.rest));
  check(options.outputs);
  const auto trials = plan::parse_count(options.trials);
  if (!trials || *trials.value == 0 || *trials.value > most_trials)
    throw Mistake(fmt::format("--trials {}: must be from 1 to {}", options.trials, most_trials));
  std::vector<Burst> bursts;
  for (const auto visitors : bursts_of(options.burst)) bursts.push_back({visitors, {}, {}, 0, 0});
  Experiment experiment(options, interrupt);
  const auto floor = floor_of_machine(interrupt);
  for (auto& burst : bursts) {
    for (std::uint64_t i = 0; i != *trials.value && !interrupt.told(); ++i) {
      if (!options.outputs.no_progress)
        std::cerr << fmt::format("{} visitors, trial {} of {}\n", burst.visitors, i + 1, *trials.value);
      experiment.trial(burst);
    }
  }
  if (!options.outputs.json.empty())
    write_file(options.outputs.json, json::serialize(to_json(experiment, options, bursts, floor)) + "\n", "--json");
  if (!options.outputs.quiet) print(experiment, options, bursts, floor);
  if (interrupt.told()) return static_cast<int>(Exit::interrupted);
  const bool good = std::ranges::all_of(
      bursts, [](const auto& one) { return failures(one.asleep) + failures(one.awake) == 0 && one.wakes == one.trials; });
  return static_cast<int>(good ? Exit::ok : Exit::broken);
}

}  // namespace loadtest::command
