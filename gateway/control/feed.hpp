#pragma once
// The feed: one site as JSON, and the table of all sites from which snapshots are made. Main thread only.
//
//   PUT /v1/sites/<id>
//   {"hosts": ["local-demo.localhost"], "state": "ready", "message": "",
//    "routes": [{"path": "/", "endpoints": ["netns:<64 hex>@1:7860"], "strip_prefix": false, "protocol": "http",
//                "host": "overrides `hosts`", "max_body_bytes": 0}],
//    "limits": {"max_in_flight": 100, "queue": {"length": 100, "deadline": "5s"}},
//    "response_headers": {"name": "value"},
//    "sleep": {"after": "300s", "silent_sockets": false}}
//
// A route's `endpoints`, `balance`, `hash`, `sticky` and `health` are written as in the gateway file (config/balancing.hpp). The
// limits are those of the site as a whole.
//
// `state` is ready, building, starting, sleeping, waking, paused or failed (proxy/route.hpp). Requests for a site that is sleeping or
// waking are held until it is ready. With `sleep.after` a site that nobody has used for so long is said to be idle (events.hpp).

#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/gateway_file.hpp"
#include "gateway/control/site_sleep.hpp"
#include "gateway/proxy/route.hpp"
#include "gateway/proxy/shared_balancing.hpp"

namespace gw::control {

/// One route of a site for one host pattern.
struct SiteRoute {
  std::string host;  ///< lower case; `*.suffix`; empty: any
  std::string path = "/";
  std::vector<config::EndpointEntry> endpoints;
  config::Protocol protocol = config::Protocol::http;
  bool strip_prefix = false;
  std::uint64_t max_body_bytes = 0;
  std::string upstream;  ///< its name in a gateway file
  std::size_t line = 0;
  bool websocket = true;  ///< this and the next one come from a gateway file only
  bool refuse_escaped_slash = false;
  proxy::SharedBalancing balancing{};  ///< its limits are those of the whole site, or of the upstream in a gateway file
  friend bool operator==(const SiteRoute&, const SiteRoute&) = default;
};

/// A site as it was told, before it becomes part of a snapshot.
struct SiteSpec {
  proxy::SiteState state = proxy::SiteState::ready;
  std::string message;
  std::vector<SiteRoute> routes;  ///< one for every host and path
  std::vector<std::pair<std::string, std::string>> response_fields;
  SiteSleep sleep{};
  friend bool operator==(const SiteSpec&, const SiteSpec&) = default;
};

/// What was read and everything that is wrong with it; the spec is usable when nothing is.
struct FeedResult {
  SiteSpec spec;
  std::vector<std::string> problems;  ///< `routes[1].endpoints[0]: ...`
};

/// Reads the JSON of one site. Unknown keys are problems. Never throws.
FeedResult read_site(std::string_view json);

/// The routes of a checked gateway file as the site with the empty id.
SiteSpec file_site(const config::GatewayFile&);

/// The JSON of one site, for `GET /v1/status`.
boost::json::object site_status(std::string_view id, const SiteSpec&);

}  // namespace gw::control
