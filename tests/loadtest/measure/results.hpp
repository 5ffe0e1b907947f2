#pragma once
// A result in which nothing is empty.

#include "loadtest/measure/result.hpp"
#include "tests/loadtest/measure/runs.hpp"

namespace loadtest::measure {

inline Series series_of_everything() {
  Recorder recorder;
  Random random(9);
  for (Nanoseconds due = 0; due != 10 * second; due += 5 * millisecond) {
    Sample sample = answered(due, static_cast<Nanoseconds>(1e7 * std::exp(0.4 * normal(random))));
    sample.noticed += 20 * microsecond;
    sample.sending += 120 * microsecond;
    sample.sent += 150 * microsecond;
    sample.first_byte += 150 * microsecond;
    sample.end += 400 * microsecond;
    sample.bytes_in = 1200;
    sample.bytes_out = 90;
    sample.warm_up = due < second;
    const Nanoseconds turn = due / (5 * millisecond) % 100;
    if (turn == 7)
      sample.connecting = sample.noticed, sample.connected = sample.noticed + 60 * microsecond,
      sample.secured = sample.connected + 9 * microsecond;
    if (turn == 20) sample.status = 404;
    if (turn == 30) sample.status = 503;
    if (turn == 40) sample.ending = Ending::reset;
    if (turn == 50) sample.ending = Ending::timed_out, sample.end = due + 3 * second, sample.first_byte = never;
    recorder.record(sample);
    if (turn == 60) recorder.record(StreamEvent{due + 7 * millisecond, due, true, sample.warm_up});
    if (turn == 61) recorder.record(StreamEvent{due + 9 * millisecond, due, false, sample.warm_up});
  }
  return recorder.series();
}

inline Result result_of_everything() {
  Result made;
  made.title = "http://127.0.0.1:8080/";
  made.settings = {{"rate", 200}, {"connections", 10}};
  made.machines = {{{"name", "one"}, {"cores", 2}}};
  made.started = 1'700'000'000 * second;
  made.warm_up = second;
  made.length = 9 * second;
  made.drained = 3 * second;
  made.open_loop = true;
  made.offered = 200;
  made.series = series_of_everything();
  made.little = {5.1, 5.2};
  made.generator.cpu_shares = {0.25, 0.5};
  made.generator.loop_lag.record(12'345, 7);
  made.generator.waited = 3;
  made.generator.stale = 2;
  made.floor = Floor{30 * microsecond, 90 * microsecond, 25 * microsecond, 60'000};
  made.labels = {{"branch", "main"}};
  made.marks = {{3 * second, "deploy began"}};
  made.usage = {{"generator", {{second, 0.5}, {2 * second, 0.25}}}};
  made.server_parts = {{"gateway-app", 0, 0, Histogram(2)}};
  made.server_parts[0].add(9 * millisecond);
  made.notes = {"stalls are seen"};
  made.objectives = {{"p99<250ms", Objective::Outcome::held, "p99 = 20 ms"},
                     {"errors<0.1%", Objective::Outcome::broken, "3 %"}};
  made.verdict = {false, {"a reason"}};
  Result beside;
  beside.title = "http://127.0.0.1:8081/";
  beside.connections = 50;
  beside.length = 10 * second;
  beside.interrupted = true;
  beside.series = run_of(100, 1, [](Nanoseconds) { return millisecond; });
  made.background = {beside};
  return made;
}

}  // namespace loadtest::measure
