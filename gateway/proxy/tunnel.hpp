#pragma once
// Bytes in both directions after an upgrade: WebSocket, with half-close. Over when both directions are, when nothing has moved
// for the tunnel's timeout, or when its route has gone: then the client is sent a Close frame (1012) between two messages.

#include "gateway/http/exchange.hpp"
#include "gateway/net/worker.hpp"
#include "gateway/proxy/relay.hpp"

namespace gw::proxy {

/// Relays until the tunnel ends. Both exchanges have switched already; `context` has the endpoint and the worker's tunnels.
net::Task<> relay_tunnel(net::Worker& worker, http::ClientSide& client, http::UpstreamSide& upstream, RequestContext& context,
                         Outcome& outcome);

}  // namespace gw::proxy
