#pragma once
// One socket, one address, a bounded time.

#include <boost/asio/generic/stream_protocol.hpp>

#include "gateway/net/cancellation.hpp"
#include "gateway/net/deadline.hpp"
#include "gateway/net/descriptor.hpp"
#include "gateway/net/result.hpp"
#include "gateway/net/task.hpp"
#include "gateway/net/worker.hpp"

namespace gw::net {

using SocketAddress = asio::generic::stream_protocol::endpoint;

/// What is left until `end`, never negative.
Duration left_until(Clock::time_point end) noexcept;

/// Connects `socket`, which is opened when it is none yet, within `timeout` (Code::connect_timeout). Failures are the upstream's and
/// may always be tried again: nothing was sent. With `cancel` it can be given up: Code::cancelled, of the client.
Task<Result<void>> connect_socket(Worker& worker, Descriptor& socket, SocketAddress to, Duration timeout,
                                  Cancellation* cancel = nullptr);

}  // namespace gw::net
