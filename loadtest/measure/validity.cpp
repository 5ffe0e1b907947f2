#include "loadtest/measure/validity.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace loadtest::measure {
namespace {

constexpr double most_late_share = 0.1;
constexpr double most_late = 1e6;
constexpr double least_achieved = 0.99;
constexpr double most_off = 0.05;
/// Fewer requests than these are not enough to see that a mean is off.
constexpr std::uint64_t enough_for_little = 100;
constexpr Nanoseconds stopped = 500'000'000;

/// Rates count what was sent: a server that does not answer has not saturated the generator.
void judge_rate(const Result& result, std::vector<std::string>& reasons) {
  if (!result.open_loop || result.offered <= 0 || result.length <= 0 || result.interrupted) return;
  const std::uint64_t unsent = result.series.by_ending()[static_cast<std::size_t>(Ending::not_sent)];
  const double sent = static_cast<double>(result.series.started() - unsent) / (static_cast<double>(result.length) / 1e9);
  if (sent < least_achieved * result.offered) {
    reasons.push_back(fmt::format("only {:.1f} % of the offered rate was sent ({:.1f} of {:.1f} requests/s)",
                                  100 * sent / result.offered, sent, result.offered));
  }
}

void judge_lateness(const Result& result, std::vector<std::string>& reasons) {
  const Histogram lateness = result.series.total(Metric::lateness);
  if (!result.open_loop || lateness.empty()) return;
  const auto late = static_cast<double>(lateness.value_at_percentile(99));
  const Histogram answers = result.series.total(Metric::success);
  const double median = static_cast<double>(answers.value_at_percentile(50));
  if (late > std::max(most_late, most_late_share * median)) {
    reasons.push_back(
        fmt::format("requests began late: p99 of lateness is {:.2f} ms (at most 1 ms, or 10 % of the median)", late / 1e6));
  }
}

void judge_generator(const Result& result, std::vector<std::string>& reasons) {
  const Generator& generator = result.generator;
  const auto busiest = std::max_element(generator.cpu_shares.begin(), generator.cpu_shares.end());
  if (busiest != generator.cpu_shares.end() && *busiest > result.cpu_limit) {
    reasons.push_back(fmt::format("a thread of the generator used {:.0f} % of its core (at most {:.0f} %)", 100 * *busiest,
                                  100 * result.cpu_limit));
  }
  const auto when = [&](std::uint64_t count, std::string_view what) {
    if (count != 0) reasons.push_back(fmt::format("{} ({} times)", what, count));
  };
  when(generator.throttled, "the generator's cgroup ran out of CPU");
  when(generator.no_ports, "no local ports were left");
  when(generator.no_descriptors, "no descriptors were left: ulimit -n");
  when(generator.receive_drops, "the kernel threw away packets on receipt");
  if (generator.paused > stopped)
    reasons.push_back(fmt::format("the generator stood still for {:.1f} s", static_cast<double>(generator.paused) / 1e9));
}

std::vector<std::string> reasons_against(const Result& result) {
  std::vector<std::string> reasons;
  judge_rate(result, reasons);
  judge_lateness(result, reasons);
  judge_generator(result, reasons);
  if (result.little.deviation() > most_off && result.series.started() >= enough_for_little) {
    reasons.push_back(fmt::format("Little's law does not hold: {:.2f} requests were in flight, response times explain {:.2f}",
                                  result.little.in_flight, result.little.expected));
  }
  return reasons;
}

}  // namespace

LittlesLaw littles_law(const Series& series, double in_flight, Nanoseconds length) {
  if (length <= 0) return {};
  double sum = 0;
  for (const Metric metric :
       {Metric::success, Metric::client_error, Metric::server_error, Metric::transport, Metric::unfinished}) {
    sum += static_cast<double>(series.summary(metric).sum);
  }
  const double seconds = static_cast<double>(length) / 1e9;
  return {in_flight / seconds, sum / 1e9 / seconds};
}

Verdict judge(const Result& result) {
  Verdict verdict;
  if (result.series.started() == 0) verdict.reasons.emplace_back("there was no request");
  const auto own = reasons_against(result);
  verdict.reasons.insert(verdict.reasons.end(), own.begin(), own.end());
  // One generator makes them all: where it was the limit of one load, it was at its limit. One that has had nothing to ask yet was no limit.
  for (const Result& other : result.background) {
    for (const std::string& reason : reasons_against(other))
      verdict.reasons.push_back(fmt::format("background {}: {}", other.title, reason));
  }
  verdict.valid = verdict.reasons.empty();
  return verdict;
}

}  // namespace loadtest::measure
