#pragma once
// The server side of one HTTP/2 connection (RFC 9113) over nghttp2's memory interface. Every stream is a ClientSide
// exchange that a Handler answers; flow-control credit goes back to the peer only when somebody has read the body.

#include <memory>

#include "gateway/http/server.hpp"
#include "gateway/net/stream.hpp"

namespace gw::http::h2 {

/// Serves the connection until the peer goes or it breaks; returns when every handler has returned. The client's preface
/// comes first (prior knowledge, or a connection that was upgraded before). Streams run concurrently on this worker.
net::Task<> serve(std::unique_ptr<net::Stream> stream, Handler& handler, ConnectionInfo connection);

/// Ends a served connection from outside: GOAWAY, then the end once the streams under way are done; `now` does not wait.
class Stopper {
 public:
  virtual ~Stopper() = default;
  virtual void stop(bool now) noexcept = 0;
};

/// As above; `*stopper` points at the way to end it while it is served and is null afterwards.
net::Task<> serve(std::unique_ptr<net::Stream> stream, Handler& handler, ConnectionInfo connection, Stopper** stopper);

}  // namespace gw::http::h2
