#pragma once
// From a host name to socket addresses.

#include <vector>

#include "gateway/net/address.hpp"
#include "gateway/net/connect_socket.hpp"

namespace gw::net {

/// The addresses of a name, in the system's order; an IP address is its own. Code::unreachable: there is no such name,
/// Code::connect_timeout: nobody has said so within `timeout`.
Task<Result<std::vector<SocketAddress>>> resolve(Worker& worker, const TcpAddress& tcp, Duration timeout);

}  // namespace gw::net
