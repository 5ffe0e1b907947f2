#pragma once
// What is measured of requests, each in a histogram of its own.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "loadtest/measure/layout.hpp"
#include "loadtest/measure/sample.hpp"

namespace loadtest::measure {

/// Times, in nanoseconds. Phases, service time and first byte are those of successes only: a fast 502 must not improve a mean. What is
/// called `unfinished` are lower bounds: the time until it was given up of a request that would have gone on.
enum class Metric : std::uint8_t {
  success,                ///< response time (end - due) of answers with 1xx to 3xx
  client_error,           ///< likewise, 4xx
  server_error,           ///< likewise, 5xx
  transport,              ///< until it failed, of what was no answer
  unfinished,             ///< until it was given up: timed out, or in flight at the end of the run
  service,                ///< end - sending
  service_unfinished,     ///< likewise, of what was given up after it was sent
  first_byte,             ///< first_byte - due
  first_byte_unfinished,  ///< until it was given up, of what had no first byte
  lateness,               ///< noticed - due, of all: how far the generator was behind
  queue,                  ///< waited for a connection that was free, without the time to make one
  connect,                ///< of those that made a connection
  tls,                    ///< likewise
  send,
  wait,         ///< from the last byte sent to the first one received
  receive,      ///< from there to the end
  first_event,  ///< of a stream, from the request's due time
  gap,          ///< between events of a stream
};
inline constexpr std::size_t metrics = 18;

inline constexpr std::array<std::string_view, metrics> metric_names = {"success",
                                                                       "client_error",
                                                                       "server_error",
                                                                       "transport",
                                                                       "unfinished",
                                                                       "service",
                                                                       "service_unfinished",
                                                                       "first_byte",
                                                                       "first_byte_unfinished",
                                                                       "lateness",
                                                                       "queue",
                                                                       "connect",
                                                                       "tls",
                                                                       "send",
                                                                       "wait",
                                                                       "receive",
                                                                       "first_event",
                                                                       "gap"};

constexpr std::string_view name_of(Metric metric) noexcept { return metric_names[static_cast<std::size_t>(metric)]; }

/// Three digits for response and service times, two for what explains them: a second of it takes an eighth of the memory.
constexpr unsigned digits_of(Metric metric) noexcept { return metric < Metric::first_byte ? 3 : 2; }
constexpr Layout layout_of(Metric metric) noexcept { return Layout::of_times(digits_of(metric)); }

/// Where the response time of a request belongs.
constexpr Metric class_of(Ending ending, std::uint16_t status) noexcept {
  if (ending == Ending::timed_out || ending == Ending::in_flight) return Metric::unfinished;
  if (ending != Ending::answered) return Metric::transport;
  return status < 400 ? Metric::success : status < 500 ? Metric::client_error : Metric::server_error;
}

inline constexpr std::array<std::string_view, endings> ending_names = {
    "answered",  "no_connection",   "tls",       "reset",     "truncated",
    "malformed", "unexpected_body", "timed_out", "in_flight", "not_sent"};

}  // namespace loadtest::measure
