#pragma once
// One socket, one address, a bounded time.

#include "gateway/net/stream.hpp"

namespace gw::net {

using SocketAddress = asio::generic::stream_protocol::endpoint;

/// What is left until `end`, never negative.
Duration left_until(Clock::time_point end) noexcept;

/// Connects `socket`, which is opened when it is not; it is closed when the time is over (Code::connect_timeout). Failures are
/// the upstream's and may always be tried again: nothing was sent.
Task<Result<void>> connect_socket(Worker& worker, Socket& socket, SocketAddress to, Duration timeout);

}  // namespace gw::net
