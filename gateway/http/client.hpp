#pragma once
// Calling someone: a connection to an endpoint and the exchanges on it.

#include <memory>
#include <string>
#include <string_view>

#include "gateway/http/exchange.hpp"
#include "gateway/net/address.hpp"
#include "gateway/net/stream.hpp"

namespace gw::http {

/// A connection to an upstream, or with HTTP/2 a share of one: it carries one exchange at a time.
class ClientConnection {
 public:
  virtual ~ClientConnection() = default;
  virtual UpstreamSide& exchange() = 0;
  /// May another exchange follow on this connection? Only meaningful after the last one has ended.
  virtual bool reusable() const noexcept = 0;
  /// After a 101: the stream itself, with what has already arrived in its input. The connection is done for.
  virtual std::unique_ptr<net::Stream> take_stream() = 0;
  virtual net::Stream& stream() noexcept = 0;
};

/// How long an upstream may take. Zero: for ever.
struct ClientTimeouts {
  net::Duration first_byte{300'000};  ///< from the whole request sent to the whole head of the answer
  net::Duration body{60'000};         ///< without progress of a body
};

/// An h1 connection over a stream that is connected already.
std::unique_ptr<ClientConnection> h1_client(std::unique_ptr<net::Stream> stream, const ClientTimeouts& timeouts = {});

/// A connection that many exchanges share. Belongs to its worker's thread.
class SharedConnection {
 public:
  virtual ~SharedConnection() = default;
  /// One more exchange, which ends when it is destroyed; null when the upstream takes no more now, or none at all any more.
  virtual std::unique_ptr<ClientConnection> exchange(const ClientTimeouts& timeouts) = 0;
  /// Has it ended?
  virtual bool over() const noexcept = 0;
  /// Takes no more exchanges, and ends behind those under way.
  virtual void part() noexcept = 0;
};

/// HTTP/2 with prior knowledge over a stream that is connected already. Ends when it has carried nothing for `idle`.
std::shared_ptr<SharedConnection> h2_client(std::unique_ptr<net::Stream> stream, net::Duration idle);

/// A whole answer, for callers that do not stream (the engine's API, our own API).
struct Answer {
  ResponseHead head;
  std::string body;
};

/// Sends one request with a whole body and reads the whole answer, at most `limit` bytes of it (Failure body_too_large).
/// `head.body` is set from `body`. Framing fields are added; Host comes from `head.authority`.
net::Task<net::Result<Answer>> fetch(ClientConnection& connection, RequestHead head, std::string_view body,
                                     std::size_t limit = 64 << 20);

}  // namespace gw::http
