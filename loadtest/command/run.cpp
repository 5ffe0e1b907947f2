// `run`: one load against one place.

#include <fmt/format.h>

#include "loadtest/command/aim.hpp"
#include "loadtest/command/commands.hpp"
#include "loadtest/command/perform.hpp"
#include "loadtest/command/rails.hpp"
#include "loadtest/command/selftest.hpp"

namespace loadtest::command {
namespace {

/// Where a Space is reached, in place of a URL. A URL that was given is a path inside it then.
void aim_at(const RunOptions& options, LoadFlags& flags, plan::Transport& transport, std::vector<Consumer>& consumers) {
  const Runtime runtime(sockets_of(options.state));
  const auto space = runtime.space(options.space);
  flags.url = url_in(space, flags.url);
  consumers = consumers_of(space, runtime.sockets());
  if (options.direct)
    straight_in(space, runtime.sockets(), transport);
  else
    through_gateway(space, transport);
}

}  // namespace

int run(const RunOptions& options) {
  const Interrupt interrupt;
  check(options.outputs);
  LoadFlags flags = options.load;
  plan::Transport aim;
  Performance performance;
  if (options.direct && options.space.empty()) throw Mistake("--direct goes to the container of a Space: name it with --space");
  if (!options.space.empty()) aim_at(options, flags, aim, performance.consumers);
  auto settings = settings_of(flags);
  settings.transport.overrides.insert(settings.transport.overrides.end(), aim.overrides.begin(), aim.overrides.end());
  settings.transport.container = aim.container;
  settings.transport.dialer = aim.dialer;
  if (!flags.mine) check_is_here(settings);

  performance.plan.load = settings.load;
  performance.about = {settings.targets.front().url(), flags.told(), settings.objectives, settings.labels};
  if (!options.space.empty()) performance.about.settings["space"] = full_name(options.space);
  performance.plan.lanes.push_back({std::move(settings.targets), std::move(settings.transport), std::move(settings.expect)});
  performance.abort_on_fail = settings.abort_on_fail;
  performance.progress = !options.outputs.no_progress;
  const auto floor = floor_of_machine(interrupt);
  auto results = perform(performance, interrupt);
  results.front().floor = floor;
  write(options.outputs, results.front());
  return static_cast<int>(exit_of(results.front()));
}

}  // namespace loadtest::command
