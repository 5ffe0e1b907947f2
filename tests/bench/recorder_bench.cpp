// What it costs the generator to keep a sample.

#include <benchmark/benchmark.h>

#include <cmath>
#include <random>

#include "loadtest/measure/histogram.hpp"
#include "loadtest/measure/recorder.hpp"

namespace {

using namespace loadtest::measure;

/// Lognormal times around a millisecond: as many places of a histogram are in use as in a real run.
std::vector<Nanoseconds> times() {
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> spread(std::log(1e6), 0.5);
  std::vector<Nanoseconds> made(1 << 16);
  for (Nanoseconds& time : made) time = static_cast<Nanoseconds>(spread(random));
  return made;
}

void record_value(benchmark::State& state) {
  const std::vector<Nanoseconds> values = times();
  Histogram histogram;
  std::size_t i = 0;
  for (auto _ : state) histogram.record(static_cast<std::uint64_t>(values[i++ & 0xffff]));
}
BENCHMARK(record_value);

/// What an hour of windows of a second takes that are as full as these.
double megabytes_an_hour(Series series) {
  series.widen_to(1'000'000'000);
  double bytes = 0;
  for (const Window& window : series.windows) {
    bytes += static_cast<double>(sizeof window + window.tally.capacity());
    for (const Cell& cell : window.cells) bytes += static_cast<double>(cell.counts.capacity());
  }
  return series.windows.empty() ? 0 : bytes / static_cast<double>(series.windows.size()) * 3600 / 1e6;
}

/// With all that belongs to it: windows that close and are packed, at this many requests a second.
void record_sample(benchmark::State& state) {
  const std::vector<Nanoseconds> values = times();
  const Nanoseconds step = 1'000'000'000 / state.range(0);
  Recorder recorder;
  Sample sample;
  sample.status = 200;
  sample.reused = true;
  Nanoseconds due = 0;
  std::size_t i = 0;
  for (auto _ : state) {
    due += step;
    // A day of the load would only widen the windows again and again; an hour is what is asked for.
    if (due > 3'500'000'000'000) {
      state.PauseTiming();
      due = 0;
      recorder = Recorder();
      state.ResumeTiming();
    }
    const Nanoseconds took = values[i++ & 0xffff];
    sample.due = due;
    const Nanoseconds other = values[(i * 7) & 0xffff];
    sample.noticed = due + other / 20;
    sample.sending = sample.noticed + other / 1000;
    sample.sent = sample.sending + other / 100;
    sample.first_byte = sample.sent + took;
    sample.end = sample.first_byte + other / 500;
    sample.bytes_in = 1000;
    sample.bytes_out = 100;
    recorder.record(sample);
  }
  if (due > 10'000'000'000) state.counters["MB_an_hour"] = megabytes_an_hour(recorder.series());
}
BENCHMARK(record_sample)->Arg(20'000)->Arg(200'000);

/// One in ten ends long after its window was closed.
void record_late(benchmark::State& state) {
  const std::vector<Nanoseconds> values = times();
  Recorder recorder;
  Sample sample;
  sample.status = 200;
  Nanoseconds end = 10'000'000'000;
  std::size_t i = 0;
  for (auto _ : state) {
    end += 50'000;
    if (end > 3'500'000'000'000) {
      state.PauseTiming();
      end = 10'000'000'000;
      recorder = Recorder();
      state.ResumeTiming();
    }
    const Nanoseconds took = values[i & 0xffff] + (i % 10 == 0 ? 5'000'000'000 : 0);
    ++i;
    sample.end = end;
    sample.first_byte = end - 500;
    sample.due = sample.noticed = sample.sending = sample.sent = end - took;
    recorder.record(sample);
  }
}
BENCHMARK(record_late);

}  // namespace
