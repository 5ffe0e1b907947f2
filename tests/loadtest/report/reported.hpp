#pragma once
// Results as runs make them, for everything that is made of them.

#include "loadtest/measure/result.hpp"
#include "loadtest/measure/validity.hpp"
#include "loadtest/report/html_report.hpp"
#include "loadtest/report/objectives.hpp"
#include "loadtest/report/text_report.hpp"
#include "tests/loadtest/measure/compared.hpp"

namespace loadtest::report {

using measure::gateway_against_direct;
using measure::microsecond;
using measure::millisecond;
using measure::Nanoseconds;
using measure::one_side;
using measure::second;
using measure::through_all_phases;

inline void add_objective(measure::Result& result, std::string_view text) {
  result.objectives.push_back(evaluate(*plan::parse_slo(text).value, result));
}

/// 200 requests a second for 30 s, of which the server freezes for two seconds, with a few failures.
inline measure::Result stalled_run() {
  measure::Recorder recorder;
  measure::Random random(11);
  for (Nanoseconds i = 0; i != 6600; ++i) {
    const Nanoseconds due = i * 5 * millisecond, frozen_until = 20 * second;
    Nanoseconds took = static_cast<Nanoseconds>(20e6 * std::exp(0.25 * measure::normal(random)));
    if (due >= 18 * second && due < frozen_until) took += frozen_until - due;
    if (due < 2 * second) took += (2 * second - due) / 40;
    measure::Sample sample = through_all_phases(random, due, took);
    sample.warm_up = due < 3 * second;
    if (i % 40 == 0)
      sample.connecting = sample.noticed, sample.connected = sample.noticed + 90 * microsecond,
      sample.sending += 110 * microsecond, sample.sent += 110 * microsecond;
    if (due > 20 * second && due < 22 * second && i % 6 == 0)
      sample.status = 503, sample.end = sample.sent + 2 * millisecond, sample.first_byte = sample.sent + millisecond;
    if (i % 500 == 77) sample.ending = measure::Ending::reset;
    if (i % 900 == 400)
      sample.ending = measure::Ending::timed_out, sample.end = due + 10 * second, sample.first_byte = measure::never;
    if (i % 700 == 20) sample.status = 404;
    recorder.record(sample);
  }
  measure::Result result;
  result.title = "http://local-hello.localhost:8080/api/v1/predict";
  result.settings = {
      {"command", "run"}, {"rate_per_second", 200}, {"duration_ns", 30 * second}, {"arrival", "constant"}, {"seed", 1}};
  result.machines = {{{"name", "bench-1"},
                      {"system", "Linux 6.1"},
                      {"processor", "EPYC 7B13"},
                      {"cores", 2},
                      {"memory_bytes", 25'000'000'000}}};
  result.started = 1'795'000'000 * second;
  result.warm_up = 3 * second;
  result.length = 30 * second;
  result.drained = 21 * millisecond;
  result.open_loop = true;
  result.offered = 200;
  result.series = recorder.series();
  result.little = measure::littles_law(result.series, 0, result.length);
  result.little.in_flight = result.little.expected * 1.004;
  result.generator.cpu_shares = {0.23, 0.19};
  for (int i = 0; i != 5000; ++i)
    result.generator.loop_lag.record(static_cast<std::uint64_t>(4e3 * std::exp(0.5 * measure::normal(random))));
  result.generator.waited = 12;
  result.floor = measure::Floor{41 * microsecond, 95 * microsecond, 28 * microsecond, 61'200};
  result.labels = {{"branch", "main"}, {"commit", "61d687d"}};
  result.marks = {{18 * second, "froze"}, {20 * second, "woke"}};
  for (const auto& [name, level] : {std::pair{"generator", 0.21}, {"gateway", 0.34}, {"container", 0.62}}) {
    measure::Usage usage{name, {}};
    for (Nanoseconds at = second; at <= 33 * second; at += second)
      usage.points.push_back(
          {at, level * (1 + 0.1 * measure::normal(random)) * (at > 18 * second && at <= 20 * second ? 0.15 : 1)});
    result.usage.push_back(std::move(usage));
  }
  measure::ServerPart app{"app", 0, 0, measure::Histogram(2)}, queue{"gateway-queue", 0, 0, measure::Histogram(2)};
  for (int i = 0; i != 5900; ++i) {
    app.add(static_cast<std::uint64_t>(20e6 * std::exp(0.25 * measure::normal(random))));
    queue.add(static_cast<std::uint64_t>(20e3 * std::exp(0.5 * measure::normal(random))));
  }
  result.server_parts = {queue, app};
  for (const char* const text : {"p50<50ms", "p99<250ms", "errors<0.1%", "p99.9<2.5s"}) add_objective(result, text);
  result.verdict = measure::judge(result);
  return result;
}

/// Whoever chooses URLs, labels and marks must not be able to put anything into the page, or move a terminal's cursor.
inline measure::Result hostile_run() {
  measure::Result result = stalled_run();
  const std::string image = "<img src=x onerror=complaints.push(1)>", script = "</script><script>complaints.push(2)</script>";
  result.title = script + image + "\x1b[2J";
  result.labels = {{image, script}};
  result.marks = {{second, image}};
  result.notes = {script, "<!--"};
  result.settings = {{"url", script}};
  result.objectives[0].text = image;
  result.server_parts[0].name = image;
  result.usage[0].name = image;
  result.verdict = {false, {image}};
  return result;
}

inline measure::Capacity found_capacity() {
  measure::Capacity made;
  made.base = one_side(5, 0, 0, "http://local-hello.localhost:8080/");
  made.objectives = {"p99<250ms", "errors<0.1%"};
  measure::Random random(8);
  for (const double rate : {100.0, 160.0, 256.0, 410.0, 655.0, 1049.0, 1250.0, 1350.0, 1420.0, 1500.0, 1678.0}) {
    const double busy = rate / 1500, took = busy < 0.97 ? 5e6 / (1 - busy) : 400e6 * busy;
    measure::Trial trial{rate,
                         std::min(rate, 1480.0),
                         took * 4 < 250e6,
                         rate != 1678,
                         (rate < 1000 ? 5 : 30) * second,
                         static_cast<Nanoseconds>(took),
                         static_cast<Nanoseconds>(took * 4 * (1 + 0.05 * random.uniform())),
                         busy > 1 ? 0.02 : 0,
                         std::min(rate, 1480.0) * took / 1e9,
                         std::min(1.0, busy),
                         ""};
    if (!trial.held) trial.broken = "p99<250ms";
    made.trials.push_back(trial);
  }
  made.lower = 1350;
  made.upper = 1420;
  made.broken = "p99<250ms";
  return made;
}

}  // namespace loadtest::report
