#include "loadtest/command/measured.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "loadtest/command/machine.hpp"
#include "loadtest/measure/steady.hpp"
#include "loadtest/measure/validity.hpp"
#include "loadtest/plan/schedule.hpp"
#include "loadtest/report/figures.hpp"
#include "loadtest/report/objectives.hpp"

namespace loadtest::command {
namespace {

using measure::Nanoseconds;
using measure::Result;

/// Of a core: a closed loop that uses more waits for itself.
constexpr double saturated = 0.95;

measure::Generator generator_of(const drive::GeneratorFacts& facts, const drive::LaneFacts& lane) {
  measure::Generator made;
  for (const auto& thread : facts.threads) {
    const double wall = static_cast<double>(std::max<Nanoseconds>(thread.wall, 1));
    made.loop_lag.merge(thread.loop_lag);
    made.cpu_shares.push_back(static_cast<double>(thread.user + thread.system) / wall);
  }
  made.paused = facts.paused;
  made.throttled = facts.throttled;
  made.no_descriptors = facts.no_descriptors;
  made.no_ports = facts.no_ports;
  made.receive_drops = facts.receive_drops;
  made.waited = lane.waited;
  made.stale = lane.stale;
  return made;
}

/// Of a core, the thread that used most of one.
double busiest(const measure::Generator& generator) {
  const auto& shares = generator.cpu_shares;
  return shares.empty() ? 0 : *std::max_element(shares.begin(), shares.end());
}

/// Takes the warm-up out that was asked to be found.
void find_warm_up(Result& result, plan::WarmUp warm_up) {
  if (warm_up != plan::WarmUp::found) return;
  const auto from = measure::steady_from(result.series);
  result.steady = from.has_value();
  if (!from || *from == 0) return;
  result.warm_up = result.series.warm_until(*from);
  result.length -= result.warm_up;
}

void add_notes(Result& result, const drive::LaneFacts& lane, const plan::Load& load, const plan::Transport& transport) {
  if (!lane.tls.empty() && lane.resumed > 0) {
    result.notes.push_back(fmt::format("{} of {} TLS handshakes resumed a session", lane.resumed, lane.handshakes));
  }
  if (lane.stale > 0) {
    result.notes.push_back(fmt::format("{} requests were sent again: the server had closed an idle connection", lane.stale));
  }
  if (transport.read_rate > 0)
    result.notes.push_back("slow clients: each connection is read at " +
                           report::bytes(static_cast<double>(transport.read_rate)) + "/s");
  if (transport.write_rate > 0)
    result.notes.push_back("slow clients: each connection is written at " +
                           report::bytes(static_cast<double>(transport.write_rate)) + "/s");
  const bool http2 = transport.protocol == plan::Protocol::http2 || transport.protocol == plan::Protocol::h2c;
  if (http2 && transport.read_rate == 0)
    result.notes.push_back("HTTP/2: a server may send " + report::bytes(static_cast<double>(transport.http2_window)) +
                           " before we have read it (--h2-window)");
  if (!load.open_loop && busiest(result.generator) > saturated) {
    result.notes.push_back(fmt::format("the generator was the limit, with {:.0f} % of a core: the server can do more",
                                       100 * busiest(result.generator)));
  }
  if (load.arrival == plan::Arrival::poisson)
    result.notes.push_back(fmt::format("arrivals at random (Poisson), seed {}", load.seed));
  if (load.arrival == plan::Arrival::uniform)
    result.notes.push_back(fmt::format("arrivals at random (uniform gaps), seed {}", load.seed));
}

}  // namespace

std::vector<Result> results_of(const drive::Plan& plan, drive::Run run, const About& about) {
  std::vector<Result> results;
  const auto& load = plan.load;
  for (std::size_t i = 0; i != run.lanes.size(); ++i) {
    auto& lane = run.lanes[i];
    Result made;
    made.title = about.title;
    made.settings = about.settings;
    made.machines.push_back(this_machine());
    made.labels = about.labels;
    made.started = run.began_at;
    made.open_loop = load.open_loop;
    made.connections = load.open_loop ? 0 : load.connections;
    made.interrupted = run.ended == drive::Ended::stopped;
    made.warm_up = load.warm_up == plan::WarmUp::fixed ? load.warm_up_for : 0;
    made.length = run.length;
    made.drained = run.drained;
    made.series = std::move(lane.series);
    made.server_parts = std::move(lane.server_parts);
    made.generator = generator_of(run.generator, lane.facts);
    // A thread of a closed loop is to be busy: it waits for nothing but answers.
    if (!load.open_loop) made.cpu_limit = 1e9;
    // Of all of it: what was found to be warm-up only afterwards has been counted by the generator.
    made.little = measure::littles_law(made.series, lane.facts.in_flight, made.length);
    find_warm_up(made, load.warm_up);
    if (run.ended != drive::Ended::completed)
      made.abandoned = made.series.by_ending()[static_cast<std::size_t>(measure::Ending::in_flight)];
    const double seconds = static_cast<double>(made.length) / 1e9;
    if (load.open_loop && seconds > 0) made.offered = static_cast<double>(made.series.started()) / seconds;
    add_notes(made, lane.facts, load, plan.lanes[i].transport);
    made.verdict = measure::judge(made);
    made.objectives = report::evaluate(about.objectives, made);
    results.push_back(std::move(made));
  }
  return results;
}

}  // namespace loadtest::command
