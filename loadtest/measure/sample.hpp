#pragma once
// What is kept of one request: when what happened to it, and how it ended.

#include <cstdint>

namespace loadtest::measure {

/// Nanoseconds since the beginning of the run, on the steady clock.
using Nanoseconds = std::int64_t;
/// Of a moment that did not come.
inline constexpr Nanoseconds never = -1;

/// How a request ended. Everything but `answered` is a failure of the transport, and has no status.
enum class Ending : std::uint8_t {
  answered,         ///< a whole answer; `status` says which
  no_connection,    ///< refused, unreachable, or not accepted in time
  tls,              ///< the handshake failed
  reset,            ///< the connection or the stream broke before the answer was whole
  truncated,        ///< the peer ended it inside the answer
  malformed,        ///< what came is not HTTP (nor WebSocket, nor an event stream)
  unexpected_body,  ///< the answer was whole but not what --expect-... asks for
  timed_out,        ///< given up after the time-out: its time is a lower bound
  in_flight,        ///< the run was over before its end: its time is a lower bound
  not_sent,         ///< no ports, no descriptors, or --on-overflow drop: the generator's doing
};
inline constexpr std::size_t endings = 10;

/// One request. A member that is `never` says that it did not get so far, or that the phase fell away (a connection was reused).
struct Sample {
  Nanoseconds due = never;         ///< when it was to begin: the schedule's word with a rate, else when the one before it ended
  Nanoseconds noticed = never;     ///< when the generator had its turn for it: noticed - due is lateness
  Nanoseconds connecting = never;  ///< began to connect for it
  Nanoseconds connected = never;
  Nanoseconds secured = never;     ///< the TLS handshake was over
  Nanoseconds sending = never;     ///< just before its first byte was written, on a connection that was free
  Nanoseconds sent = never;        ///< its last byte was written
  Nanoseconds first_byte = never;  ///< on return of the read that brought the first byte of its answer
  Nanoseconds end = never;         ///< the answer was whole, or given up
  std::uint64_t bytes_in = 0;      ///< of the answer, with its head (with TLS or HTTP/2: of the body)
  std::uint64_t bytes_out = 0;
  std::uint32_t target = 0;  ///< its place in the list of targets
  std::uint16_t status = 0;
  Ending ending = Ending::answered;
  bool reused = false;   ///< went over a connection that had carried others
  bool warm_up = false;  ///< kept apart
};

/// A moment inside a stream of events or messages: told beside the request's own sample.
struct StreamEvent {
  Nanoseconds at = never;
  Nanoseconds since = never;  ///< the event before it on the same stream, or for the first the request's due time
  bool first = false;
  bool warm_up = false;  ///< as its request
};

}  // namespace loadtest::measure
