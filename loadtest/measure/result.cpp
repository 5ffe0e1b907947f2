#include "loadtest/measure/result.hpp"

#include <algorithm>
#include <cmath>

namespace loadtest::measure {
namespace {

void merge_labels(std::vector<std::pair<std::string, std::string>>& into,
                  const std::vector<std::pair<std::string, std::string>>& from) {
  for (const auto& [name, value] : from) {
    const auto found =
        std::find_if(into.begin(), into.end(), [&, &wanted = name](const auto& label) { return label.first == wanted; });
    if (found == into.end())
      into.emplace_back(name, value);
    else if (found->second != value)
      found->second += ", " + value;
  }
}

void add_once(std::vector<std::string>& into, const std::string& text) {
  if (std::find(into.begin(), into.end(), text) == into.end()) into.push_back(text);
}

void merge_generators(Generator& into, const Generator& from) {
  into.cpu_shares.insert(into.cpu_shares.end(), from.cpu_shares.begin(), from.cpu_shares.end());
  into.loop_lag.merge(from.loop_lag);
  into.throttled += from.throttled;
  into.no_descriptors += from.no_descriptors;
  into.no_ports += from.no_ports;
  into.receive_drops += from.receive_drops;
  into.waited += from.waited;
  into.stale += from.stale;
  into.paused = std::max(into.paused, from.paused);
}

/// The same load of another machine was asked for in the same words; of several like that the first meets the first.
void merge_backgrounds(std::vector<Result>& into, const std::vector<Result>& from) {
  std::vector<bool> met(into.size());
  for (const Result& one : from) {
    std::size_t at = 0;
    while (at != met.size() && (met[at] || into[at].title != one.title || into[at].settings != one.settings)) ++at;
    if (at == met.size()) {
      into.push_back(one);
    } else {
      into[at].merge(one);
      met[at] = true;
    }
  }
}

}  // namespace

void merge_parts(std::vector<ServerPart>& into, const std::vector<ServerPart>& from) {
  for (const ServerPart& part : from) {
    const auto found = std::find_if(into.begin(), into.end(), [&](const ServerPart& other) { return other.name == part.name; });
    if (found == into.end()) {
      into.push_back(part);
      continue;
    }
    found->count += part.count;
    found->sum += part.sum;
    found->times.merge(part.times);
  }
}

void ServerPart::add(std::uint64_t time) noexcept {
  ++count;
  sum += time;
  times.record(time);
}

double LittlesLaw::deviation() const noexcept {
  const double greater = std::max(in_flight, expected);
  return greater == 0 ? 0 : std::abs(in_flight - expected) / greater;
}

double Result::achieved() const noexcept {
  const auto ends = series.by_ending();
  const auto of = [&](Ending ending) { return ends[static_cast<std::size_t>(ending)]; };
  const std::uint64_t never_ended = of(Ending::timed_out) + of(Ending::in_flight) + of(Ending::not_sent);
  return length <= 0 ? 0 : static_cast<double>(series.started() - never_ended) / (static_cast<double>(length) / 1e9);
}

double Result::error_share() const {
  const std::uint64_t due = series.started() - std::min(abandoned, series.started());
  const std::uint64_t good = series.summary(Metric::success).count + series.summary(Metric::client_error).count;
  return due == 0 ? 0 : static_cast<double>(due - good) / static_cast<double>(due);
}

void Result::merge(const Result& other) {
  merge_backgrounds(background, other.background);
  if (other.settings != settings)
    add_once(notes, "the merged results were not asked for the same: these settings are those of the first");
  if (other.title != title) title += " + " + other.title;
  machines.insert(machines.end(), other.machines.begin(), other.machines.end());
  started = std::min(started, other.started);
  warm_up = std::max(warm_up, other.warm_up);
  length = std::max(length, other.length);
  drained = std::max(drained, other.drained);
  open_loop = open_loop && other.open_loop;
  steady = steady && other.steady;
  interrupted = interrupted || other.interrupted;
  abandoned += other.abandoned;
  offered += other.offered;
  connections += other.connections;
  cpu_limit = std::min(cpu_limit, other.cpu_limit);
  series.merge(other.series);
  little.in_flight += other.little.in_flight;
  little.expected += other.little.expected;
  merge_generators(generator, other.generator);
  if (!floor) floor = other.floor;
  merge_labels(labels, other.labels);
  marks.insert(marks.end(), other.marks.begin(), other.marks.end());
  std::stable_sort(marks.begin(), marks.end(), [](const Mark& a, const Mark& b) { return a.at < b.at; });
  usage.insert(usage.end(), other.usage.begin(), other.usage.end());
  merge_parts(server_parts, other.server_parts);
  for (const std::string& note : other.notes) add_once(notes, note);
  verdict.valid = verdict.valid && other.verdict.valid;
  for (const std::string& reason : other.verdict.reasons) add_once(verdict.reasons, reason);
}

}  // namespace loadtest::measure
