#pragma once
// Runs for tests: response times drawn at random, filed as a recorder does.

#include <cmath>
#include <functional>

#include "loadtest/measure/random.hpp"
#include "loadtest/measure/recorder.hpp"
#include "tests/loadtest/measure/samples.hpp"

namespace loadtest::measure {

/// From a normal distribution, by Box and Muller.
inline double normal(Random& random) {
  return std::sqrt(-2 * std::log(1 - random.uniform())) * std::cos(6.283185307179586 * random.uniform());
}

/// `rate` requests a second for `seconds`, each of which takes what `took(due)` says.
inline Series run_of(int rate, int seconds, const std::function<Nanoseconds(Nanoseconds)>& took) {
  Recorder recorder;
  for (Nanoseconds i = 0; i != static_cast<Nanoseconds>(rate) * seconds; ++i) {
    const Nanoseconds due = i * second / rate;
    recorder.record(answered(due, took(due)));
  }
  return recorder.series();
}

/// Lognormal around 10 ms, plus something.
inline Series noisy_run(std::uint64_t seed, Nanoseconds more = 0, int rate = 200, int seconds = 30) {
  Random random(seed);
  return run_of(rate, seconds,
                [&](Nanoseconds) { return more + static_cast<Nanoseconds>(1e7 * std::exp(0.3 * normal(random))); });
}

}  // namespace loadtest::measure
