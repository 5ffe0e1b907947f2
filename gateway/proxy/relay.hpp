#pragma once
// One request over one connection to an upstream: request out, interim and final head back, bodies both ways. Knows
// exchanges, not protocols.

#include <cstdint>

#include "gateway/http/exchange.hpp"
#include "gateway/net/worker.hpp"
#include "gateway/proxy/context.hpp"

namespace gw::proxy {

/// What came of an exchange, for the log, the failure page and a retry.
struct Outcome {
  std::uint16_t status = 0;     ///< of the final head that the client was sent; 0: none yet
  std::uint64_t bytes_in = 0;   ///< of the request's body
  std::uint64_t bytes_out = 0;  ///< of the response's body
  bool body_touched = false;    ///< a piece of the request's body is gone: the request cannot be sent again
  bool client_gone = false;
  bool tunnel = false;
};

/// Relays `request`, which read_head of `client` has returned, and its answer. A failure before `outcome.status` is set has
/// told the client nothing yet; after it the client's exchange is aborted already. Fills in the later phases of the context.
net::Task<net::Result<void>> relay(net::Worker& worker, http::ClientSide& client, http::UpstreamSide& upstream,
                                   const http::RequestHead& request, RequestContext& context, Outcome& outcome);

}  // namespace gw::proxy
