#pragma once
// From a route to a connection: choose an endpoint, take a pooled connection or open one, relay, and try again where
// that cannot do harm (rule 45).

#include <string_view>

#include "gateway/net/connect.hpp"
#include "gateway/proxy/balancer.hpp"
#include "gateway/proxy/counters.hpp"
#include "gateway/proxy/pool.hpp"
#include "gateway/proxy/relay.hpp"
#include "gateway/proxy/shared_pool.hpp"

namespace gw::proxy {

/// What a worker forwards with.
struct Forwarder {
  net::Worker& worker;
  net::ContainerDialer* dialer;
  Pool& pool;
  SharedPool& shared;
  Balancer& balancer;
  Counters& counters;
};

/// How the exchange got to its upstream, for the log.
struct Passage {
  std::string_view endpoint;  ///< lives as long as the snapshot
  Outcome outcome;
};

/// Forwards a request that the policies have let through. A failure with `passage.outcome.status` 0 is still to be answered.
net::Task<net::Result<void>> forward(Forwarder with, http::ClientSide& client, const http::RequestHead& request,
                                     RequestContext& context, Passage& passage);

}  // namespace gw::proxy
