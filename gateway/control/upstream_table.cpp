#include "gateway/control/upstream_table.hpp"

#include "gateway/net/address.hpp"
#include "gateway/proxy/affinity.hpp"

namespace gw::control {
namespace {

constexpr std::size_t sweep_from = 1024;

// Does it matter how busy an endpoint is, or how it fares? For one that is alone and unlimited it does not.
bool has_state(const SiteRoute& route, const config::EndpointEntry& entry) noexcept {
  return route.endpoints.size() > 1 || entry.max_in_flight != 0 || !route.balancing->health.question().empty();
}

bool alike(const SiteRoute& a, const SiteRoute& b) {
  return a.upstream == b.upstream && a.endpoints == b.endpoints && a.protocol == b.protocol && a.balancing == b.balancing;
}

}  // namespace

std::shared_ptr<const proxy::Upstream> UpstreamTable::Change::of(const SiteRoute& route) {
  for (const auto& [like, upstream] : made_)
    if (alike(*like, route)) return upstream;
  return made_.emplace_back(&route, table_.make(site_, route)).second;
}

std::shared_ptr<const proxy::Upstream> UpstreamTable::make(std::string_view site, const SiteRoute& route) {
  auto upstream = std::make_shared<proxy::Upstream>();
  upstream->name = route.upstream;
  upstream->protocol = route.protocol;
  upstream->balancing = route.balancing;
  upstream->limits = route.balancing->limits;
  auto& most = upstream->limits.max_in_flight;
  if (most == 0 && !site.empty()) most = places_of_site_;
  // All routes of a site stand before the same gate; in a gateway file each upstream has its own.
  if (most != 0) upstream->gate = gate(std::string(site) + "\n" + route.upstream);
  // None of these is a site's id. A gateway file is no site that anybody knows, its upstreams have names.
  upstream->tally = tally(site.empty() ? "file:" + route.upstream : std::string(site));
  bool limited = false;
  std::string of_endpoints = std::string(site) + "\n" + route.upstream;
  for (const auto& entry : route.endpoints) {
    auto address = net::parse_address(entry.address);
    if (!address) continue;
    proxy::Endpoint endpoint{std::move(*address), entry.address, entry.weight, entry.max_in_flight,
                             proxy::seat_of(entry.address)};
    if (has_state(route, entry)) endpoint.state = state(state_key(site, route, entry));
    upstream->endpoints.push_back(std::move(endpoint));
    if (entry.max_in_flight != 0) limited = true;
    of_endpoints.append("\n").append(entry.address);
  }
  if (limited) upstream->endpoint_gate = gate(of_endpoints);
  if (upstream->endpoints.size() > 1) upstream->retries = budget(of_endpoints);
  return upstream;
}

std::string state_key(std::string_view site, const SiteRoute& route, const config::EndpointEntry& entry) {
  // None of the parts holds a line's end.
  std::string key(site);
  key.append("\n").append(route.upstream).append("\n").append(entry.address);
  key.append("\n").append(route.balancing->health.question());
  return key;
}

std::shared_ptr<proxy::EndpointState> UpstreamTable::known(const std::string& key) const {
  const auto at = states_.find(key);
  return at == states_.end() ? nullptr : at->second.lock();
}

std::shared_ptr<proxy::EndpointState> UpstreamTable::state(const std::string& key) {
  auto& known = states_[key];
  auto state = known.lock();
  if (!state) known = state = std::make_shared<proxy::EndpointState>(workers_);
  sweep();
  return state;
}

std::shared_ptr<proxy::Gate> UpstreamTable::gate(const std::string& key) {
  auto& known = gates_[key];
  auto gate = known.lock();
  if (!gate) known = gate = std::make_shared<proxy::Gate>(workers_);
  sweep();
  return gate;
}

std::shared_ptr<proxy::RetryBudget> UpstreamTable::budget(const std::string& key) {
  auto& known = budgets_[key];
  auto budget = known.lock();
  if (!budget) known = budget = std::make_shared<proxy::RetryBudget>(workers_);
  sweep();
  return budget;
}

// A series for each site that anybody ever fed would fill whoever stores them.
std::shared_ptr<proxy::Tally> UpstreamTable::tally(const std::string& label) {
  if (const auto at = tallies_.find(label); at != tallies_.end())
    if (auto known = at->second.lock()) return known;
  if (tallies_.size() >= most_tallies_) std::erase_if(tallies_, [](const auto& one) { return one.second.expired(); });
  if (tallies_.size() >= most_tallies_) {
    if (!rest_) rest_ = std::make_shared<proxy::Tally>("(more)", workers_, proxy::Tally::Of::many_sites);
    return rest_;
  }
  auto made = std::make_shared<proxy::Tally>(label, workers_);
  tallies_.insert_or_assign(label, made);
  return made;
}

// Takes out what is gone. Now and then, so that a change costs what it changes and not what there is.
void UpstreamTable::sweep() {
  const auto known = [this] { return states_.size() + gates_.size() + budgets_.size(); };
  if (known() < sweep_from || known() < 2 * swept_at_) return;
  const auto gone = [](const auto& one) { return one.second.expired(); };
  std::erase_if(states_, gone);
  std::erase_if(gates_, gone);
  std::erase_if(budgets_, gone);
  swept_at_ = known();
}

}  // namespace gw::control
