#pragma once
// What a report has to know of the generator itself, to believe its numbers or not.

#include <cstdint>
#include <string>
#include <vector>

#include "loadtest/measure/histogram.hpp"
#include "loadtest/measure/sample.hpp"

namespace loadtest::drive {

using measure::Nanoseconds;

/// The connections of one lane.
struct LaneFacts {
  std::uint64_t opened = 0;     ///< connections that were made
  std::uint64_t refused = 0;    ///< that could not be made
  std::uint64_t most_open = 0;  ///< at once, of all threads together
  std::uint64_t stale =
      0;  ///< requests sent again: the peer had closed an idle connection, and not a byte of an answer was read
  std::uint64_t handshakes = 0;  ///< of TLS
  std::uint64_t resumed = 0;     ///< of these, with a session of before
  double in_flight = 0;          ///< requests that were no warm-up and had no end yet, over time: requests times seconds
  std::uint64_t waited = 0;      ///< requests that had to wait for a connection because there were `most_connections`
  std::string protocol;          ///< what was spoken: `http/1.1`, `h2`, `websocket`
  std::string tls;               ///< `TLSv1.3`; empty without
};

/// Of a thread, from the first to the last thing that was due.
struct ThreadFacts {
  Nanoseconds wall = 0;
  Nanoseconds user = 0;  ///< processor time
  Nanoseconds system = 0;
  /// How long what had happened waited for its turn, because others of the same turn came first (time since epoll_wait(2) returned).
  measure::Histogram loop_lag{2};
  Nanoseconds loop_lag_mean = 0;
  Nanoseconds loop_lag_p99 = 0;
  Nanoseconds loop_lag_max = 0;
  Nanoseconds lateness_p50 = 0;  ///< of requests behind their due times; 0 in a closed loop
  Nanoseconds lateness_p99 = 0;
  Nanoseconds lateness_max = 0;
};

struct GeneratorFacts {
  std::vector<ThreadFacts> threads;
  std::uint64_t throttled = 0;       ///< periods in which the control group had no processor left (nr_throttled)
  std::uint64_t no_descriptors = 0;  ///< sockets that could not be had: EMFILE, ENFILE
  std::uint64_t no_ports = 0;        ///< EADDRNOTAVAIL
  Nanoseconds paused = 0;            ///< the longest time that this whole process was kept from running
  std::uint64_t dropped = 0;         ///< requests that were not sent: more than `most_connections` at once
  std::uint64_t receive_drops = 0;   ///< packets that the kernel threw away before anybody read them, of the whole machine
};

}  // namespace loadtest::drive
