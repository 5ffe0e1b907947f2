// `deploy`: load while somebody else's command changes what serves it.

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "loadtest/command/aim.hpp"
#include "loadtest/command/commands.hpp"
#include "loadtest/command/perform.hpp"
#include "loadtest/command/rails.hpp"
#include "loadtest/command/recording.hpp"
#include "loadtest/plan/numbers.hpp"
#include "loadtest/plan/schedule.hpp"

namespace loadtest::command {
namespace {

using measure::Nanoseconds;

// Nobody's deploy takes longer; then the load ends, and the command goes on.
constexpr Nanoseconds longest = 3'600'000'000'000;

Nanoseconds wall_clock() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// A constant rate until it is told that it is enough.
class Until final : public drive::Arrivals {
 public:
  Until(const plan::Load& load, std::size_t targets, std::shared_ptr<const std::atomic<bool>> enough)
      : schedule_(load), targets_(targets), enough_(std::move(enough)) {}
  std::optional<drive::Due> next() override {
    if (enough_->load()) return std::nullopt;
    const auto at = schedule_.next();
    if (!at) return std::nullopt;
    return drive::Due{*at, 0, static_cast<std::uint32_t>(turn_++ % targets_)};
  }

 private:
  plan::Schedule schedule_;
  std::size_t targets_;
  std::size_t turn_ = 0;
  std::shared_ptr<const std::atomic<bool>> enough_;
};

/// The command of somebody else, with our environment and standard error for both of its outputs.
class Command {
 public:
  explicit Command(const std::vector<std::string>& words) {
    std::vector<char*> arguments;
    for (const auto& word : words)
      arguments.push_back(const_cast<char*>(word.c_str()));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    const int error = ::posix_spawnp(&process_, arguments.front(), &actions, &attributes, arguments.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) throw Mistake(fmt::format("{} cannot be run: {}", words.front(), std::strerror(error)), {}, Exit::failed);
  }
  /// Its end, looked for so long: the exit code, 128 and the signal, or nothing yet.
  std::optional<int> over(std::chrono::milliseconds most) {
    for (const auto until = std::chrono::steady_clock::now() + most;;) {
      int status = 0;
      if (::waitpid(process_, &status, WNOHANG) == process_)
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      if (std::chrono::steady_clock::now() > until) return std::nullopt;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }

 private:
  pid_t process_ = 0;
};

/// What happened when, on the wall clock.
struct Story {
  Nanoseconds began = 0;
  Nanoseconds ended = 0;
  std::optional<int> code;  ///< nothing: it was not over when the load was
  std::string problem;      ///< it could not be run
};

void tell(Story& story, const DeployOptions& options, Nanoseconds before, Nanoseconds after, const Interrupt& interrupt) {
  const auto pause = [&interrupt](Nanoseconds time) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::nanoseconds(time);
    while (std::chrono::steady_clock::now() < until && !interrupt.told())
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
  };
  pause(before);
  story.began = wall_clock();
  try {
    Command command(options.command);
    while (!story.code && !interrupt.told() && wall_clock() - story.began < longest)
      story.code = command.over(std::chrono::milliseconds(100));
  } catch (const Mistake& mistake) {
    story.problem = mistake.what();
  }
  story.ended = wall_clock();
  if (story.problem.empty()) pause(after);
}

}  // namespace

int deploy(const DeployOptions& options) {
  const Interrupt interrupt;
  check(options.outputs);
  LoadFlags flags = options.load;
  if (flags.rate.empty()) flags.rate = "50";
  if (!flags.stages.empty() || !flags.requests.empty() || !flags.duration.empty())
    throw Mistake("deploy goes on as long as the command does: --stages, --requests and --duration have no place here");
  // A deploy that visitors notice is not what was asked for.
  if (flags.objectives.empty()) flags.objectives.emplace_back("errors<=0%");
  const auto before = plan::parse_span(options.before);
  const auto after = plan::parse_span(options.after);
  if (!before) throw Mistake(fmt::format("--before {}: {}", options.before, before.message));
  if (!after) throw Mistake(fmt::format("--after {}: {}", options.after, after.message));
  std::optional<Space> space;
  Performance performance;
  if (!options.space.empty()) {
    const Runtime runtime(sockets_of(options.state));
    space = runtime.space(options.space);
    performance.consumers.push_back(listener_of("gateway", runtime.sockets().gateway));
    flags.url = url_in(*space, flags.url);
  }
  auto settings = settings_of(flags);
  if (space) through_gateway(*space, settings.transport);
  if (!flags.mine) check_is_here(settings);

  performance.plan.load = settings.load;
  performance.plan.load.stages = {{longest, settings.load.stages.front().rate}};
  const auto enough = std::make_shared<std::atomic<bool>>(false);
  performance.plan.arrivals = [load = performance.plan.load, count = settings.targets.size(), enough] {
    return std::make_unique<Until>(load, count, enough);
  };
  performance.about = {fmt::format("{} while: {}", settings.targets.front().url(), fmt::join(options.command, " ")),
                       flags.told(), settings.objectives, settings.labels};
  performance.plan.lanes.push_back({std::move(settings.targets), std::move(settings.transport), std::move(settings.expect)});
  const Recording recording(options.outputs, performance, interrupt);
  Story story;
  std::jthread teller([&] {
    tell(story, options, *before.value, *after.value, interrupt);
    enough->store(true);
  });
  std::vector<measure::Result> results;
  try {
    results = perform(performance, interrupt);
  } catch (...) {
    teller.join();
    throw;
  }
  teller.join();
  if (!story.problem.empty()) throw Mistake(story.problem, {}, Exit::failed);
  auto& result = results.front();
  result.marks.push_back({story.began - result.started, "the command began"});
  result.marks.push_back(
      {story.ended - result.started,
       fmt::format("the command ended{}", story.code ? fmt::format(" with exit code {}", *story.code) : "")});
  result.notes.push_back(fmt::format("the command took {:.1f} s", static_cast<double>(story.ended - story.began) / 1e9));
  write(options.outputs, result);
  recording.check();
  const auto code = exit_of(result);
  if (code == Exit::ok && story.code.value_or(1) != 0)
    throw Mistake(fmt::format("the command failed with exit code {}", story.code.value_or(1)), {}, Exit::failed);
  return static_cast<int>(code);
}

}  // namespace loadtest::command
