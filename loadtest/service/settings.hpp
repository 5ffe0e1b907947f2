#pragma once
// What the known-latency server is told.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "loadtest/measure/sample.hpp"

namespace loadtest::service {

using measure::Nanoseconds;

/// How long an answer is held back.
struct Delay {
  enum class Kind : std::uint8_t { fixed, lognormal, mix };
  Kind kind = Kind::fixed;
  Nanoseconds median = 0;                           ///< of `fixed` all of it
  double sigma = 0;                                 ///< of the logarithm
  std::vector<std::pair<Nanoseconds, double>> mix;  ///< so long in so many percent of requests; the rest at once
  Nanoseconds each = 0;                             ///< so much more for each other request that is being answered
};

/// All requests that arrive in [after, after + lasts) since the first one are held until its end, and then served.
struct Stall {
  Nanoseconds after = 0;
  Nanoseconds lasts = 0;
};

/// Request fields and queries override these for one request: `?delay=150us:10,2ms:5&status=503:5&size=4k&close=1`.
struct Settings {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;   ///< 0: any that is free
  std::string unix_socket;  ///< listened on instead
  std::string certificate;  ///< PEM files; with them TLS is spoken, with h2 and http/1.1 in ALPN
  std::string private_key;

  Delay delay;
  std::vector<Stall> stalls;
  std::vector<std::pair<std::uint16_t, double>> statuses;  ///< in so many percent; the rest is 200
  double resets = 0;           ///< percent: the connection (the stream) is reset instead of an answer
  double truncated = 0;        ///< percent: the answer ends inside its body
  double close = 0;            ///< percent: the connection ends behind the answer
  std::uint64_t size = 1024;   ///< of a body
  Nanoseconds body_takes = 0;  ///< the body comes in pieces, spread over so long

  Nanoseconds event_interval = 100'000'000;  ///< of server-sent events, for who accepts text/event-stream
  unsigned events = 10;

  /// A line a request: its id, the nanoseconds from its arrival to its answer, and those since the one before it.
  std::string delays_file;
  std::uint64_t seed = 1;
};

}  // namespace loadtest::service
