#include "gateway/control/upstream_status.hpp"

#include <algorithm>

namespace gw::control {

boost::json::array endpoint_status(const proxy::Upstream& upstream) {
  boost::json::array endpoints;
  for (const auto& endpoint : upstream.endpoints) {
    if (!endpoint.state) continue;
    std::uint64_t in_flight = 0;
    auto worst = proxy::HealthState::up;
    for (std::size_t i = 0; i != endpoint.state->workers(); ++i) {
      const auto& seen = endpoint.state->at(i);
      in_flight += seen.in_flight.load(std::memory_order_relaxed);
      worst = std::max(worst, seen.health.state());
    }
    const auto word = proxy::name(worst);
    endpoints.push_back(boost::json::object{
        {"endpoint", endpoint.text}, {"state", boost::json::string(word.data(), word.size())}, {"in_flight", in_flight}});
  }
  return endpoints;
}

boost::json::object gate_status(const proxy::Gate& gate, const config::Limits& limits) {
  return {{"max_in_flight", limits.max_in_flight},
          {"in_flight", gate.in_flight()},
          {"waiting", gate.waiting()},
          {"refused", gate.refused()}};
}

}  // namespace gw::control
