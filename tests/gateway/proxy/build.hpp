#pragma once
// Builders of the tests: sites, routes and snapshots in one line each.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gateway/proxy/context.hpp"
#include "gateway/proxy/policies/order.hpp"
#include "gateway/proxy/snapshot.hpp"

namespace gw::proxy::test {

inline Route route(std::string host, std::string path, std::shared_ptr<const Site> site = std::make_shared<Site>()) {
  auto upstream = std::make_shared<Upstream>();
  upstream->endpoints.push_back({net::TcpAddress{"127.0.0.1", 7860}, "127.0.0.1:7860"});
  Route made;
  made.host = std::move(host);
  made.path = std::move(path);
  made.upstream = std::move(upstream);
  made.site = std::move(site);
  return made;
}

inline Router router(const std::vector<Route>& routes) {
  std::map<std::string, std::vector<Route>> hosts;
  for (const Route& one : routes) hosts[one.host].push_back(one);
  Router made;
  for (auto& [host, list] : hosts) made.set(host, std::make_shared<const HostRoutes>(std::move(list)));
  return made;
}

/// An exchange that stands before the policies: GET demo.test/ from 192.0.2.7 on 127.0.0.1:8080, routed by one route.
struct Scene {
  explicit Scene(Route only = route("demo.test", "/")) {
    snapshot.name = "spaceport";
    snapshot.router = router({std::move(only)});
    connection.peer = "192.0.2.7";
    connection.local = "127.0.0.1";
    connection.local_port = 8080;
    request.method = "GET";
    request.authority = "demo.test";
    request.path = "/";
  }
  void trust(const char* cidr) {
    ListenerTrust trusted{"127.0.0.1", 8080, {}};
    trusted.proxies.add(cidr);
    snapshot.trust = {std::move(trusted)};
  }
  std::optional<Refusal> run() { return apply_request_policies(request, context); }
  std::string field(std::string_view name) const { return std::string(request.fields.find(name).value_or("(absent)")); }

  Snapshot snapshot;
  http::ConnectionInfo connection;
  http::RequestHead request;
  RequestContext context{connection, snapshot, {}};
};

}  // namespace gw::proxy::test
