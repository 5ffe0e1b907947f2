// What a request costs the generator: a load on a URL, and the processor time that it took, as one line of JSON. For
// generator_cost.py; people use `spaceport-bench run`.

#include <fmt/format.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include "loadtest/drive/run.hpp"
#include "loadtest/plan/url.hpp"

int main(int count, char** words) {
  std::map<std::string, std::string> given{{"connections", "50"}, {"seconds", "5"}, {"streams", "1"}, {"threads", "1"},
                                           {"protocol", "http1"}, {"rate", "0"},    {"spin", "0"}};
  for (int i = 2; i + 1 < count; i += 2) given[words[i] + std::strspn(words[i], "-")] = words[i + 1];
  const auto target = loadtest::plan::parse_url(count > 1 ? words[1] : "");
  if (!target) {
    fmt::print(stderr,
               "usage: drive_load URL [--connections N] [--seconds N] [--streams N] [--threads N] [--protocol http1|http2|h2c] "
               "[--rate N] [--spin 1]\n");
    return 2;
  }
  const auto number = [&](const char* name) { return std::atof(given[name].c_str()); };
  loadtest::drive::Plan plan;
  plan.load.connections = static_cast<unsigned>(number("connections"));
  plan.load.threads = static_cast<unsigned>(number("threads"));
  plan.load.spin = number("spin") != 0;
  plan.load.duration = static_cast<loadtest::measure::Nanoseconds>(number("seconds") * 1e9);
  if (number("rate") > 0) {
    plan.load.open_loop = true;
    plan.load.stages = {{*plan.load.duration, number("rate")}};
  }
  loadtest::drive::Lane lane;
  lane.targets.push_back(*target.value);
  lane.transport.verify = false;
  lane.transport.streams = static_cast<unsigned>(number("streams"));
  if (given["protocol"] == "http2") lane.transport.protocol = loadtest::plan::Protocol::http2;
  if (given["protocol"] == "h2c") lane.transport.protocol = loadtest::plan::Protocol::h2c;
  plan.lanes.push_back(lane);
  const auto run = loadtest::drive::run(plan);
  if (run.ended == loadtest::drive::Ended::unreachable) {
    fmt::print(stderr, "{}\n", run.problem);
    return 3;
  }
  using loadtest::measure::Metric;
  const auto& series = run.lanes[0].series;
  const auto response = series.total(Metric::success);
  const auto lateness = series.total(Metric::lateness);
  loadtest::measure::Nanoseconds cpu = 0;
  for (const auto& thread : run.generator.threads) cpu += thread.user + thread.system;
  fmt::print(
      "{{\"requests\": {}, \"good\": {}, \"cpu_us\": {:.3f}, \"user_us\": {:.3f}, \"rate\": {:.0f}, \"p50_us\": {:.1f}, "
      "\"p99_us\": {:.1f}, \"late_p50_us\": {:.1f}, \"late_p90_us\": {:.1f}, \"late_p99_us\": {:.1f}}}\n",
      series.started(), response.total(), static_cast<double>(cpu) / 1e3 / static_cast<double>(series.started()),
      static_cast<double>(run.generator.threads[0].user) / 1e3 / static_cast<double>(series.started()),
      static_cast<double>(series.ended()) / (static_cast<double>(run.length) / 1e9),
      static_cast<double>(response.value_at_percentile(50)) / 1e3, static_cast<double>(response.value_at_percentile(99)) / 1e3,
      static_cast<double>(lateness.value_at_percentile(50)) / 1e3, static_cast<double>(lateness.value_at_percentile(90)) / 1e3,
      static_cast<double>(lateness.value_at_percentile(99)) / 1e3);
}
