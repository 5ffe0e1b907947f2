#pragma once
// What the gateway tells about itself at `GET /metrics`. Main thread only; the names are a contract (README.md, "Metrics").

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gateway/control/process_use.hpp"
#include "gateway/control/worker_thread.hpp"
#include "gateway/net/connection_limits.hpp"
#include "gateway/proxy/route.hpp"

namespace gw::control {

/// What is told of one endpoint.
struct EndpointReading {
  proxy::HealthState state = proxy::HealthState::up;  ///< the worst that a worker sees
  std::uint64_t in_flight = 0;
};

/// What is told of one site.
struct SiteReading {
  proxy::SiteCounts counts;
  bool limited = false;  ///< has gates, of which the next three tell
  std::uint64_t in_flight = 0;
  std::uint64_t waiting = 0;
  std::uint64_t refused = 0;
  std::map<std::string, EndpointReading> endpoints;  ///< those with a state

  /// Was there a request? Of the others no series are told that could only say 0: most sites are quiet most of the time.
  bool visited() const noexcept;
};

/// Everything that is told.
struct Readings {
  std::map<std::string, SiteReading> sites;  ///< by label; "" is what reached none
  WorkerReport total;
  std::uint64_t wakes_asked = 0;
  std::size_t workers = 0;
  bool draining = false;
  std::uint64_t most_connections = 0;  ///< 0: no limit
  net::ConnectionLimits::Counts limits;
  ProcessUse process;
  double started = 0;  ///< seconds since 1970
};

using Upstreams = std::vector<std::shared_ptr<const proxy::Upstream>>;

/// The tallies of `upstreams`, each once.
Tallies tallies_of(const Upstreams& upstreams);

/// Adds how the gates and endpoints of `upstreams` fare.
void read_upstreams(Readings& readings, const Upstreams& upstreams);

/// Adds what one worker has counted.
void read_worker(Readings& readings, const Tallies& tallies, const WorkerReport& report, const WorkerCounts& counts);

/// The text for Prometheus.
std::string metrics_text(const Readings& readings);

}  // namespace gw::control
