// `replay`: an access log again, each request when it came.

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "loadtest/command/aim.hpp"
#include "loadtest/command/commands.hpp"
#include "loadtest/command/descriptors.hpp"
#include "loadtest/command/perform.hpp"
#include "loadtest/command/rails.hpp"
#include "loadtest/command/recording.hpp"
#include "loadtest/plan/log_time.hpp"
#include "loadtest/plan/numbers.hpp"

namespace loadtest::command {
namespace {

using measure::Nanoseconds;
using plan::TimedTarget;

/// The log's own times.
class Recorded final : public drive::Arrivals {
 public:
  explicit Recorded(std::shared_ptr<const std::vector<drive::Due>> all) : all_(std::move(all)) {}
  std::optional<drive::Due> next() override {
    if (at_ == all_->size()) return std::nullopt;
    return (*all_)[at_++];
  }

 private:
  std::shared_ptr<const std::vector<drive::Due>> all_;
  std::size_t at_ = 0;
};

double speed_of(const std::string& text) {
  std::size_t used = 0;
  double speed = 0;
  try {
    speed = std::stod(text, &used);
  } catch (const std::exception&) {
    used = std::string::npos;
  }
  if (used != text.size() || !(speed >= 0.001 && speed <= 1000))
    throw Mistake(fmt::format("--speed {}: must be a number from 0.001 to 1000", text));
  return speed;
}

Nanoseconds moment(std::string_view flag, const std::string& text, Nanoseconds none) {
  if (text.empty()) return none;
  const auto at = plan::parse_utc(text);
  if (!at) throw Mistake(fmt::format("{} {}: must be a time such as 2026-01-31T12:00:00Z", flag, text));
  return *at;
}

/// Leaves those that are to be asked again, in the order in which they came.
void choose(std::vector<TimedTarget>& all, const ReplayOptions& options) {
  const auto from = moment("--from", options.from, 0);
  const auto to = moment("--to", options.to, std::numeric_limits<Nanoseconds>::max());
  const auto methods = "," + options.only + ",";
  std::erase_if(all, [&](const TimedTarget& one) {
    if (one.at < from || one.at > to) return true;
    return !options.unsafe_methods && methods.find("," + one.target.method + ",") == std::string::npos;
  });
  if (all.empty())
    throw Mistake(fmt::format("{} has no request that may be asked again", options.log),
                  "--only, --unsafe-methods, --from and --to choose them");
  std::ranges::stable_sort(all, {}, &TimedTarget::at);
}

/// Gives each client of the log connections of its own. Those that are idle make room when there are too many. How many clients there are.
std::size_t keep_clients_apart(const std::vector<TimedTarget>& timed, plan::Settings& settings) {
  std::set<std::string_view> clients;
  for (std::size_t i = 0; i != timed.size(); ++i) {
    settings.targets[i].origin.client = timed[i].client;
    if (!timed[i].client.empty()) clients.insert(timed[i].client);
  }
  if (!clients.empty() && settings.load.most_connections == 0)
    settings.load.most_connections = connections_within(most_descriptors());
  return clients.size();
}

/// `200: 950 then, 948 now`, for each status that either had.
std::vector<std::string> notes_about(const std::vector<TimedTarget>& then, const measure::Result& now) {
  std::map<unsigned, std::pair<std::uint64_t, std::uint64_t>> counts;
  for (const auto& one : then) {
    if (one.status != 0) ++counts[one.status].first;
  }
  for (const auto& code : now.series.codes()) counts[code.code].second = code.count;
  std::vector<std::string> notes;
  for (const auto& [status, both] : counts)
    notes.push_back(fmt::format("status {}: {} then, {} now", status, both.first, both.second));
  return notes;
}

}  // namespace

int replay(const ReplayOptions& options) {
  const Interrupt interrupt;
  check(options.outputs);
  const double speed = speed_of(options.speed);
  if (options.affinity != "client" && options.affinity != "none")
    throw Mistake(fmt::format("--affinity {}: must be client or none", options.affinity));
  LoadFlags flags = options.load;
  std::optional<Space> space;
  if (!options.space.empty()) {
    space = Runtime(sockets_of(options.state)).space(options.space);
    flags.url = url_in(*space, {});
  }
  flags.targets = options.log;
  auto timed = targets_of(flags);
  if (std::ranges::any_of(timed, [](const auto& one) { return one.at == measure::never; })) {
    throw Mistake(fmt::format("{} does not say when its requests came", options.log),
                  "the access log of the gateway does, and the common log format");
  }
  choose(timed, options);
  flags.rate = "1";
  flags.url = flags.url.empty() ? timed.front().target.url() : flags.url;
  flags.targets.clear();
  auto settings = settings_of(flags);
  if (space) through_gateway(*space, settings.transport);

  settings.targets.clear();
  auto all = std::make_shared<std::vector<drive::Due>>();
  for (const auto& one : timed) {
    const auto at = static_cast<Nanoseconds>(static_cast<double>(one.at - timed.front().at) / speed);
    all->push_back({at, 0, static_cast<std::uint32_t>(settings.targets.size())});
    settings.targets.push_back(one.target);
  }
  const auto clients = options.affinity == "client" ? keep_clients_apart(timed, settings) : 0;
  if (!flags.mine) check_is_here(settings);
  Performance performance;
  performance.plan.load = settings.load;
  const auto length = std::max<Nanoseconds>(all->back().at, 1);
  performance.plan.load.stages = {{length, static_cast<double>(all->size()) / (static_cast<double>(length) / 1e9)}};
  performance.plan.arrivals = [all] { return std::make_unique<Recorded>(all); };
  performance.about = {fmt::format("{} again, {} times as fast", options.log, options.speed), flags.told(), settings.objectives,
                       settings.labels};
  performance.plan.lanes.push_back({std::move(settings.targets), std::move(settings.transport), std::move(settings.expect)});
  performance.abort_on_fail = settings.abort_on_fail;
  const Recording recording(options.outputs, performance, interrupt);
  auto results = perform(performance, interrupt);
  auto notes = notes_about(timed, results.front());
  if (clients != 0) notes.push_back(fmt::format("{} clients, each with connections of its own (--affinity)", clients));
  results.front().notes.insert(results.front().notes.end(), notes.begin(), notes.end());
  write(options.outputs, results.front());
  recording.check();
  return static_cast<int>(exit_of(results.front()));
}

}  // namespace loadtest::command
