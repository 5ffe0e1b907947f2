#pragma once
// How an upstream fares, for `GET /v1/status`.

#include <boost/json.hpp>

#include "gateway/proxy/route.hpp"

namespace gw::control {

/// `{"endpoint", "state", "in_flight"}` for each endpoint that has a state, summed over the workers; the state is the worst that a
/// worker sees.
boost::json::array endpoint_status(const proxy::Upstream& upstream);

/// `{"max_in_flight", "in_flight", "waiting", "refused"}`
boost::json::object gate_status(const proxy::Gate& gate, const config::Limits& limits);

}  // namespace gw::control
