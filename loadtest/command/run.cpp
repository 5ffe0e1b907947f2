// `run`: one load against one place.

#include <optional>

#include "loadtest/command/aim.hpp"
#include "loadtest/command/commands.hpp"
#include "loadtest/command/perform.hpp"
#include "loadtest/command/rails.hpp"
#include "loadtest/command/recording.hpp"

namespace loadtest::command {

int run(const RunOptions& options) {
  const Interrupt interrupt;
  check(options.outputs);
  LoadFlags flags = options.load;
  Performance performance;
  if (options.direct && options.space.empty()) throw Mistake("--direct goes to the container of a Space: name it with --space");
  const Runtime runtime(sockets_of(options.state));
  std::optional<Space> space;
  if (!options.space.empty()) {
    space = runtime.space(options.space);
    flags.url = url_in(*space, flags.url);
    performance.consumers = consumers_of(*space, runtime.sockets());
  }
  auto settings = settings_of(flags);
  if (space && options.direct) straight_in(*space, runtime.sockets(), settings.transport);
  if (space && !options.direct) through_gateway(*space, settings.transport);
  if (!flags.mine) check_is_here(settings);

  performance.plan.load = settings.load;
  performance.about = {settings.targets.front().url(), flags.told(), settings.objectives, settings.labels};
  if (space) performance.about.settings["space"] = space->id;
  performance.plan.lanes.push_back({std::move(settings.targets), std::move(settings.transport), std::move(settings.expect)});
  performance.background = backgrounds_of(options.background, flags.mine);
  take_seats(performance.plan, performance.background);
  if (!performance.background.empty()) performance.about.settings["background"] = told(performance.background);
  performance.abort_on_fail = settings.abort_on_fail;
  const Recording recording(options.outputs, performance, interrupt);
  auto results = perform(performance, interrupt);
  write(options.outputs, results.front());
  recording.check();
  return static_cast<int>(exit_of(results.front()));
}

}  // namespace loadtest::command
