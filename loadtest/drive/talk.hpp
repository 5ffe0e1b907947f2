#pragma once
// What is said on one connection, bytes in and bytes out: HTTP/1, HTTP/2, WebSocket. Sans-I/O; who owns it reads and writes.

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "loadtest/drive/flight.hpp"

namespace loadtest::drive {

/// Flights that are over; their samples say how and when.
using Landed = std::vector<Flight*>;

class Talk {
 public:
  virtual ~Talk() = default;

  /// How many more requests may begin now.
  virtual std::size_t room() const noexcept = 0;
  /// Has it room again when what is under way has ended? False: the connection is to be closed behind that.
  virtual bool goes_on() const noexcept = 0;
  /// How many requests are under way.
  virtual std::size_t flying() const noexcept = 0;
  /// May requests begin, or is something to be agreed on first?
  virtual bool introduced() const noexcept { return true; }

  /// Puts a request in the output, at least its beginning. False: it takes none any more, and this is another's.
  virtual bool begin(Flight& flight) = 0;
  /// What is to be written; valid until the next call of anything else.
  virtual std::span<const char> output() = 0;
  /// So much of it was.
  virtual void wrote(std::size_t bytes) = 0;

  /// Bytes came, at that time.
  virtual void received(std::span<const char> bytes, Nanoseconds at, Landed& landed) = 0;
  /// Nothing more will come. `orderly`: the peer has ended the connection, it was not broken.
  virtual void ended(bool orderly, Nanoseconds at, Landed& landed) = 0;
  /// Nobody waits for its answer any more; it does not land. False: the connection is of no use without it.
  virtual bool give_up(Flight& flight) = 0;
};

/// One request at a time; what comes is read by the gateway's strict parsers.
std::unique_ptr<Talk> http1_talk(measure::Recorder& recorder);
/// What a server may send before we have taken it; more only behind what `received` was told. That of a connection is never smaller than
/// the 65,535 bytes with which it begins (RFC 9113 §6.9.2).
struct Http2Windows {
  std::uint32_t stream = 1U << 30;
  std::uint32_t connection = 1U << 30;
};

/// `streams` at once.
std::unique_ptr<Talk> http2_talk(measure::Recorder& recorder, unsigned streams, Http2Windows windows = {});
/// `introduction` is the request that makes it one. `at_once`: messages that may be under way; their echoes come in order.
std::unique_ptr<Talk> websocket_talk(measure::Recorder& recorder, const Prepared& introduction, std::string message,
                                     std::size_t at_once);

}  // namespace loadtest::drive
