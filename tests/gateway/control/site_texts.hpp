#pragma once
// What the tests of the table of sites tell it: a site of one route, and a gateway file of one.

#include <string>

#include "config/gateway_file.hpp"

namespace gw::control::test {

inline std::string site(const std::string& host, const std::string& endpoint, const std::string& state = "ready") {
  return R"({"hosts": [")" + host + R"("], "state": ")" + state + R"(", "routes": [{"path": "/", "endpoints": [")" + endpoint +
         R"("]}]})";
}

inline config::GatewayFile file(const std::string& host, const std::string& endpoint) {
  config::GatewayFile made;
  made.name = "gw";
  made.upstreams.push_back({"app", {endpoint}, config::Protocol::http});
  config::Route route;
  route.host = host;
  route.upstream = "app";
  made.routes.push_back(route);
  return made;
}

}  // namespace gw::control::test
