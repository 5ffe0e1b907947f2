#pragma once
// The parts of a site's JSON that are written as in the gateway file: endpoints, how they are balanced and checked, limits. Read
// by the file's own reader, so that both know the same keys and refuse the same mistakes.

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "config/balancing.hpp"
#include "gateway/control/site_sleep.hpp"

namespace gw::control {

/// The keys of a route that are read here; its reader leaves them alone.
inline constexpr std::string_view balancing_keys[] = {"endpoints", "balance", "hash", "sticky", "health"};

/// What a route says of its endpoints. `where` is how problems call it: `routes[0]`.
struct RouteBalancing {
  std::vector<config::EndpointEntry> endpoints;
  config::Balancing balancing;
};
RouteBalancing read_route_balancing(const boost::json::object& route, const std::string& where,
                                    std::vector<std::string>& problems);

/// `sleep: {after, silent_sockets}` of a site.
SiteSleep read_site_sleep(const boost::json::value& sleep, std::vector<std::string>& problems);

/// `limits: {max_in_flight, queue: {length, deadline}}` of a site.
config::Limits read_site_limits(const boost::json::value& limits, std::vector<std::string>& problems);

}  // namespace gw::control
