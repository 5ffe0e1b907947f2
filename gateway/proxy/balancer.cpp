#include "gateway/proxy/balancer.hpp"

namespace gw::proxy {

const Endpoint* Balancer::next(const Upstream& upstream) noexcept {
  const auto& endpoints = upstream.endpoints;
  if (endpoints.empty()) return nullptr;
  return &endpoints[endpoints.size() == 1 ? 0 : turn_++ % endpoints.size()];
}

}  // namespace gw::proxy
