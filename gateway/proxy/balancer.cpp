#include "gateway/proxy/balancer.hpp"

#include <algorithm>

namespace gw::proxy {

const Endpoint* Balancer::next(const Upstream& upstream) {
  if (credit_ < retries_at_once * requests_a_retry) ++credit_;
  return choose(upstream);
}

const Endpoint* Balancer::instead_of(const Endpoint& failed, const Upstream& upstream) {
  if (upstream.endpoints.size() < 2) return nullptr;
  if (!avoided(failed.text)) avoided_.push_back({failed.text, net::Clock::now() + avoided_for});
  if (credit_ < requests_a_retry) return nullptr;
  credit_ -= requests_a_retry;
  return choose(upstream);
}

const Endpoint* Balancer::choose(const Upstream& upstream) {
  const auto& endpoints = upstream.endpoints;
  if (endpoints.empty()) return nullptr;
  if (endpoints.size() == 1) return endpoints.data();
  if (!avoided_.empty()) std::erase_if(avoided_, [now = net::Clock::now()](const Avoided& one) { return one.until <= now; });
  // When all of them have failed, each may be the first to be back.
  for (std::size_t i = 0; i != endpoints.size(); ++i) {
    const Endpoint& one = endpoints[turn_++ % endpoints.size()];
    if (!avoided(one.text)) return &one;
  }
  return &endpoints[turn_++ % endpoints.size()];
}

bool Balancer::avoided(const std::string& endpoint) const noexcept {
  return std::any_of(avoided_.begin(), avoided_.end(), [&](const Avoided& one) { return one.endpoint == endpoint; });
}

}  // namespace gw::proxy
