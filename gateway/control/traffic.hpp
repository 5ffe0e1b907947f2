#pragma once
// What is asked of each site, for `GET /v1/traffic`:
//
//   {"sites": [{"id": "owner/name", "state": "ready", "requests": 10, "failures": 0, "in_flight": 1, "held": 0, "idle_seconds": 3,
//               "p50_ms": 4.1, "p99_ms": 80}]}
//
// `requests` are over, `failures` were refused or failed by the gateway, both since the site came. `idle_seconds`: since it was last
// used, or since the gateway began. The percentiles are of all its requests, read from the histogram of the metrics, null when there were none; of
// a site that is not counted by itself (README.md, "Metrics") the numbers of requests are 0.

#include <boost/json.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gateway/control/metrics.hpp"

namespace gw::control {

/// `readings` by label; `began` is when the gateway did.
boost::json::object traffic_of(const std::vector<std::shared_ptr<const proxy::Site>>& sites,
                               const std::map<std::string, SiteReading>& readings, net::Clock::time_point now,
                               net::Clock::time_point began);

/// So many milliseconds the given part (0.5, 0.99) of the requests took at most, as far as the buckets tell; nothing: there were none.
/// What lies beyond the last bound counts as it.
std::optional<double> percentile_ms(const proxy::SiteCounts& counts, double part);

}  // namespace gw::control
