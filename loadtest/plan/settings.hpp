#pragma once
// Everything that a run is told, after the flags were read and found to be good.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "loadtest/measure/sample.hpp"
#include "loadtest/plan/slo.hpp"
#include "loadtest/plan/target.hpp"

namespace loadtest::plan {

using measure::Nanoseconds;

enum class Arrival : std::uint8_t { constant, poisson, uniform };

/// A stretch of an open loop: the rate goes from what it was to `rate` in a straight line. The first stage begins at its own rate.
struct Stage {
  Nanoseconds duration = 0;
  double rate = 0;  ///< requests a second
};

enum class WarmUp : std::uint8_t { none, fixed, found };

/// How much, and for how long.
struct Load {
  bool open_loop = false;
  std::vector<Stage> stages;  ///< open loop: at least one. A constant rate is one stage
  Arrival arrival = Arrival::constant;
  std::uint64_t seed = 1;
  unsigned connections = 50;  ///< closed loop: at once. Open loop: opened before the first request is due
  std::optional<std::uint64_t> requests;
  std::optional<Nanoseconds> duration;  ///< without the warm-up. One of the two is always given for a closed loop
  WarmUp warm_up = WarmUp::none;
  Nanoseconds warm_up_for = 0;           ///< of `fixed`: in front of `duration`
  Nanoseconds timeout = 10'000'000'000;  ///< from the intended start
  Nanoseconds drain = 5'000'000'000;     ///< how long what is in flight at the end is waited for
  unsigned most_connections = 0;         ///< open loop: 0 as many as are needed
  bool drop_on_overflow = false;         ///< beyond: drop (`not_sent`); else wait, which counts
  unsigned threads = 1;
  bool spin = false;  ///< burn the last 100 us before a request is due
};

enum class Protocol : std::uint8_t { http1, http2, h2c, negotiated, websocket, events };

/// A name that goes elsewhere (--resolve HOST:PORT:ADDRESS).
struct Override {
  std::string host;
  std::uint16_t port = 0;
  std::string address;
};

/// How requests travel.
struct Transport {
  Protocol protocol = Protocol::http1;  ///< negotiated: ALPN chooses h2 or http/1.1
  unsigned streams = 1;                 ///< HTTP/2: at once on one connection
  std::uint32_t http2_window =
      1U << 30;  ///< bytes that a server may send unread, of a stream and of all: h2load's, which hold nothing back
  bool keep_alive = true;
  std::uint64_t most_requests = 0;  ///< on one connection; 0: no end
  bool verify = true;               ///< certificates
  std::vector<Override> overrides;
  std::uint64_t read_rate = 0;   ///< bytes a second that a client reads of each connection; 0: all that comes
  std::uint64_t write_rate = 0;  ///< likewise writes
  std::string unix_socket;       ///< all connections go here
  std::string container;         ///< `netns:<id>@<generation>:<port>`: all connections go here
  std::string dialer;            ///< the socket of the dialer for it
  std::string websocket_message = "ping";
  double websocket_rate = 0;  ///< messages a second on each; 0: the next when the echo is here
};

/// What a good answer looks like.
struct Expectation {
  std::optional<std::uint64_t> bytes;
  std::string contains;
  std::string sha256;  ///< of the body, in hex, lower case
  bool any() const noexcept { return bytes || !contains.empty() || !sha256.empty(); }
};

struct Settings {
  std::vector<Target> targets;  ///< at least one; taken in turn
  Load load;
  Transport transport;
  Expectation expect;
  std::vector<Slo> objectives;
  bool abort_on_fail = false;
  std::vector<std::pair<std::string, std::string>> labels;
};

}  // namespace loadtest::plan
