#pragma once
// What a worker has done so far. Written by its thread only and read by posting to it, so counting needs no atomics.

#include <cstdint>

namespace gw::proxy {

struct Counters {
  std::uint64_t requests = 0;
  std::uint64_t failures = 0;  ///< answered by the gateway itself, or aborted
  std::uint64_t in_flight = 0;
  std::uint64_t pooled = 0;            ///< idle upstream connections
  std::uint64_t connects = 0;          ///< upstream connections that were made
  std::uint64_t connect_failures = 0;  ///< and that could not be made
  std::uint64_t reused = 0;            ///< requests that found a connection in the pool
  std::uint64_t retries = 0;           ///< second tries, whatever became of them
  std::uint64_t retries_refused = 0;   ///< and those that the budget of an upstream did not allow
  std::uint64_t dropped_log_lines = 0;
  std::uint64_t held = 0;               ///< requests that wait for a site that sleeps
  std::uint64_t held_before = 0;        ///< and those that have waited
  std::uint64_t held_microseconds = 0;  ///< those together

  void add(const Counters& more) noexcept {
    requests += more.requests;
    failures += more.failures;
    in_flight += more.in_flight;
    pooled += more.pooled;
    connects += more.connects;
    connect_failures += more.connect_failures;
    reused += more.reused;
    retries += more.retries;
    retries_refused += more.retries_refused;
    dropped_log_lines += more.dropped_log_lines;
    held += more.held;
    held_before += more.held_before;
    held_microseconds += more.held_microseconds;
  }
};

}  // namespace gw::proxy
