// `compare`: two ways on one schedule, request by request, which of a pair comes first is drawn.

#include <fmt/format.h>

#include "loadtest/command/aim.hpp"
#include "loadtest/command/commands.hpp"
#include "loadtest/command/perform.hpp"
#include "loadtest/command/rails.hpp"
#include "loadtest/command/recording.hpp"
#include "loadtest/report/diff.hpp"

namespace loadtest::command {
namespace {

struct Side {
  std::string name;
  plan::Settings settings;
};

Side side_of(const LoadFlags& flags, const std::string& url, std::string name) {
  LoadFlags own = flags;
  own.url = url;
  return {std::move(name), settings_of(own)};
}

/// A is the container itself, B the gateway in front of it: what is told is what the gateway adds.
std::vector<Side> sides_of_space(const CompareOptions& options, std::vector<Consumer>& consumers) {
  if (options.urls.size() > 1) throw Mistake("with --space one URL at most, which is a path inside it");
  const Runtime runtime(sockets_of(options.state));
  const auto space = runtime.space(options.space);
  consumers = consumers_of(space, runtime.sockets());
  const auto url = url_in(space, options.urls.empty() ? std::string{} : options.urls.front());
  std::vector<Side> sides{side_of(options.load, url, "direct"), side_of(options.load, url, "gateway")};
  straight_in(space, runtime.sockets(), sides[0].settings.transport);
  // Inside the container there is no TLS, whatever the gateway speaks to the world.
  for (auto& target : sides[0].settings.targets) {
    target.fields.emplace_back("Host", target.origin.authority());
    target.origin.scheme = plan::Scheme::http;
  }
  through_gateway(space, sides[1].settings.transport);
  return sides;
}

std::vector<Side> sides_of(const CompareOptions& options, std::vector<Consumer>& consumers) {
  if (!options.space.empty()) return sides_of_space(options, consumers);
  if (options.urls.size() != 2)
    throw Mistake("compare needs two URLs, or --space",
                  "spaceport-bench compare http://127.0.0.1:7860/ http://127.0.0.1:8080/ --rate 200");
  return {side_of(options.load, options.urls[0], "A"), side_of(options.load, options.urls[1], "B")};
}

/// Says why the report cannot tell where in the gateway time goes.
void note_untold_phases(measure::Result& through) {
  const bool told =
      std::ranges::any_of(through.server_parts, [](const auto& part) { return part.name.starts_with("gateway-"); });
  if (!told)
    through.notes.emplace_back(
        "where in the gateway time goes is not told: with `server_timing: true` in its node file it says so");
}

}  // namespace

int compare(const CompareOptions& options) {
  const Interrupt interrupt;
  check(options.outputs);
  std::vector<report::Limit> limits;
  if (!options.fail_if.empty()) {
    auto limit = report::parse_limit(options.fail_if);
    if (!limit) throw Mistake(fmt::format("--fail-if {}: {}", options.fail_if, limit.message));
    limits.push_back(std::move(*limit.value));
  }
  Performance performance;
  auto sides = sides_of(options, performance.consumers);
  // Half of the requests go each way, so twice as many are made as each is asked for.
  performance.plan.load = sides.front().settings.load;
  auto& load = performance.plan.load;
  for (auto& stage : load.stages) stage.rate *= 2;
  if (load.requests) *load.requests *= 2;
  if (!load.open_loop) load.connections *= 2;
  performance.about = {
      fmt::format("{} and {}", sides[0].settings.targets.front().url(), sides[1].settings.targets.front().url()),
      options.load.told(), sides[0].settings.objectives, sides[0].settings.labels};
  if (!options.space.empty()) performance.about.title = full_name(options.space) + ": direct and through the gateway";
  for (auto& side : sides) {
    if (!options.load.mine) check_is_here(side.settings);
    performance.plan.lanes.push_back(
        {std::move(side.settings.targets), std::move(side.settings.transport), std::move(side.settings.expect)});
  }
  const Recording recording(options.outputs, performance, interrupt);
  auto results = perform(performance, interrupt);
  measure::Comparison both{sides[0].name, sides[1].name, std::move(results[0]), std::move(results[1])};
  if (!options.space.empty()) note_untold_phases(both.two);
  write(options.outputs, both);
  recording.check();
  if (both.one.interrupted) return static_cast<int>(Exit::interrupted);
  if (!both.one.verdict.valid || !both.two.verdict.valid) return static_cast<int>(Exit::invalid);
  const auto outcomes = report::judge_change(both.one, both.two, limits);
  return static_cast<int>(report::none_broken(outcomes) ? exit_of(both.two) : Exit::broken);
}

}  // namespace loadtest::command
