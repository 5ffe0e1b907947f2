#pragma once
// Bytes in both directions after an upgrade: WebSocket, with half-close. Over when both directions are, or when nothing
// has moved for the tunnel's timeout.

#include "gateway/http/exchange.hpp"
#include "gateway/net/worker.hpp"
#include "gateway/proxy/relay.hpp"

namespace gw::proxy {

/// Relays until the tunnel ends. Both exchanges have switched already.
net::Task<> relay_tunnel(net::Worker& worker, http::ClientSide& client, http::UpstreamSide& upstream, net::Duration idle,
                         Outcome& outcome);

}  // namespace gw::proxy
