#include "gateway/control/site_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "gateway/control/upstream_status.hpp"
#include "gateway/http/characters.hpp"
#include "gateway/net/address.hpp"
#include "gateway/proxy/affinity.hpp"

namespace gw::control {

namespace {

using proxy::Router;

/// Routes of one site, host by host.
using ByHost = std::map<std::string_view, std::vector<const SiteRoute*>>;

ByHost by_host(const SiteSpec* spec) {
  ByHost hosts;
  if (spec)
    for (const SiteRoute& route : spec->routes) hosts[route.host].push_back(&route);
  return hosts;
}

bool same_routes(const std::vector<const SiteRoute*>& a, const std::vector<const SiteRoute*>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const SiteRoute* x, const SiteRoute* y) { return *x == *y; });
}

Router::Group make_group(const std::vector<const SiteRoute*>& routes, const std::shared_ptr<const proxy::Site>& site,
                         UpstreamTable::Change& upstreams) {
  std::vector<proxy::Route> made;
  made.reserve(routes.size());
  for (const SiteRoute* route : routes)
    made.push_back({route->host, route->path, route->strip_prefix, route->max_body_bytes, route->line, upstreams.of(*route),
                    site, route->websocket, route->refuse_escaped_slash});
  return std::make_shared<const proxy::HostRoutes>(std::move(made));
}

/// A route in force; null: it is not.
const proxy::Route* in_force(const proxy::Snapshot& snapshot, const SiteRoute& spec) {
  const auto& group = snapshot.router.written(spec.host);
  return group ? group->match(spec.path) : nullptr;
}

/// The id of the site whose routes stand under a pattern; nothing: nobody's.
std::optional<std::string_view> owner_of(const proxy::Snapshot& snapshot, std::string_view pattern) {
  const auto& group = snapshot.router.written(pattern);
  if (!group || group->routes().empty()) return std::nullopt;
  return group->routes().front().site->id;
}

/// Its upstream; null: it has none.
std::shared_ptr<const proxy::Upstream> upstream_of(const proxy::Snapshot& snapshot, const SiteRoute& spec) {
  const proxy::Route* const route = in_force(snapshot, spec);
  return route == nullptr ? nullptr : route->upstream;
}

/// The site that a spec has become. A gateway file without routes has none.
std::shared_ptr<const proxy::Site> site_of(const proxy::Snapshot& snapshot, const SiteSpec& spec) {
  const proxy::Route* const route = spec.routes.empty() ? nullptr : in_force(snapshot, spec.routes.front());
  return route == nullptr ? nullptr : route->site;
}

/// Before the snapshot is posted: whoever still has the one before must not wake a site that is awake.
void tell(proxy::Pulse& pulse, const SiteSpec* before, proxy::SiteState state) noexcept {
  using Rest = proxy::Pulse::Rest;
  if (state != proxy::SiteState::sleeping) return pulse.set(state == proxy::SiteState::waking ? Rest::waking : Rest::none);
  // One that goes on sleeping has been asked for, or has not.
  if (before == nullptr || before->state != proxy::SiteState::sleeping) pulse.set(Rest::asleep);
}

/// Adds how the upstreams of a site's routes fare to what is said of the routes.
void add_upstreams(boost::json::object& site, const proxy::Snapshot& snapshot, const SiteSpec& spec) {
  auto& told = site["routes"].as_array();
  for (std::size_t i = 0; i != spec.routes.size(); ++i) {
    const auto in_force = upstream_of(snapshot, spec.routes[i]);
    if (!in_force) continue;
    const auto& upstream = *in_force;
    auto& about = told[i].as_object();
    if (auto endpoints = endpoint_status(upstream); !endpoints.empty()) about["health"] = std::move(endpoints);
    if (upstream.gate) about["places"] = gate_status(*upstream.gate, upstream.limits);
    if (upstream.endpoint_gate) about["waiting_for_endpoints"] = upstream.endpoint_gate->waiting();
  }
}

/// Is what every group of the site carries the same?
bool same_site(const SiteSpec* a, const SiteSpec* b) {
  return a && b && a->state == b->state && a->message == b->message && a->response_fields == b->response_fields;
}

}  // namespace

bool valid_site_id(std::string_view id) noexcept {
  return !id.empty() && id.size() <= 200 && std::all_of(id.begin(), id.end(), [](char c) {
    return c == '/' || http::characters::unreserved[static_cast<unsigned char>(c)];
  });
}

SiteTable::SiteTable() : snapshot_(std::make_shared<const proxy::Snapshot>()) {}

// Two sites on one host would see each other's cookies and requests: a host has one owner.
void SiteTable::check_claims(std::string_view id, const SiteSpec& spec, Change& change) const {
  std::set<std::string_view> told;
  for (const SiteRoute& route : spec.routes) {
    const auto owner = owner_of(*snapshot_, route.host);
    if (!owner || *owner == id || !told.insert(route.host).second) continue;
    change.conflict = true;
    change.problems.push_back(
        fmt::format("host {} belongs to {}{}", route.host, owner->empty() ? "the gateway file" : "site ", *owner));
  }
}

void SiteTable::count_endpoints(const SiteSpec& spec, int by, std::vector<std::string>* vanished) {
  for (const SiteRoute& route : spec.routes)
    for (const auto& [endpoint, weight, most] : route.endpoints) {
      if (by > 0) {
        ++endpoint_uses_[proxy::stable_hash(endpoint)];
        continue;
      }
      const auto at = endpoint_uses_.find(proxy::stable_hash(endpoint));
      if (at == endpoint_uses_.end() || --at->second != 0) continue;
      endpoint_uses_.erase(at);
      if (vanished) vanished->push_back(endpoint);
    }
}

// The newest word about how an endpoint is asked counts.
void SiteTable::count_probes(std::string_view id, const SiteSpec& spec, int by, std::vector<std::string>& touched) {
  for (const SiteRoute& route : spec.routes) {
    if (route.balancing->health.question().empty()) continue;
    for (const auto& entry : route.endpoints) {
      const auto key = state_key(id, route, entry);
      auto address = net::parse_address(entry.address);
      if (!address) continue;
      touched.push_back(key);
      auto& probe = probes_[key];
      if (by > 0) {
        const auto uses = probe.uses + 1;
        probe = {upstreams_.known(key), std::move(*address), entry.address, route.protocol, route.balancing->health, uses};
      } else if (--probe.uses == 0) {
        probes_.erase(key);
      }
    }
  }
}

void SiteTable::replace(const std::string& id, const SiteSpec* before, const SiteSpec* after, proxy::Snapshot& next,
                        Change& change) {
  const ByHost old_hosts = by_host(before);
  const ByHost new_hosts = by_host(after);
  for (const auto& [host, routes] : old_hosts) {
    if (new_hosts.count(host) != 0) continue;
    next.router.set(host, nullptr);
    change.hosts.emplace_back(host);
  }
  std::shared_ptr<const proxy::Site> site;
  if (after) {
    const auto known = before ? site_of(*snapshot_, *before) : nullptr;
    auto pulse = known != nullptr ? known->pulse : nullptr;
    if (!pulse && !id.empty()) pulse = std::make_shared<proxy::Pulse>(workers_);
    if (pulse) tell(*pulse, before, after->state);
    site = std::make_shared<const proxy::Site>(
        proxy::Site{id, after->state, after->message, after->response_fields, std::move(pulse)});
  }
  const bool same = same_site(before, after);
  UpstreamTable::Change upstreams(upstreams_, id);
  for (const auto& [host, routes] : new_hosts) {
    const auto old = old_hosts.find(host);
    if (same && old != old_hosts.end() && same_routes(old->second, routes)) continue;
    next.router.set(host, make_group(routes, site, upstreams));
    if (old != old_hosts.end()) change.hosts.emplace_back(host);
  }
  // Up before down: an endpoint that stays in use must not count as vanished on the way.
  if (after) count_endpoints(*after, 1, nullptr);
  if (before) count_endpoints(*before, -1, &change.vanished);
  // What is frozen must not be asked how it is.
  if (after && !proxy::at_rest(after->state)) count_probes(id, *after, 1, change.probes);
  if (before && !proxy::at_rest(before->state)) count_probes(id, *before, -1, change.probes);
}

Change SiteTable::load(const config::GatewayFile& file) {
  Change change;
  SiteSpec spec = file_site(file);
  check_claims("", spec, change);
  if (!change.problems.empty()) return change;
  auto next = std::make_shared<proxy::Snapshot>(proxy::base_snapshot(file));
  next->router = snapshot_->router;
  const auto before = sites_.find("");
  // A reload forgets no site, so what was complete stays so.
  next->complete = before == sites_.end() ? !file.feed_hold : snapshot_->complete;
  replace("", before == sites_.end() ? nullptr : &before->second, &spec, *next, change);
  sites_.insert_or_assign("", std::move(spec));
  snapshot_ = std::move(next);
  change.changed = true;
  return change;
}

Change SiteTable::put(std::string_view id, std::string_view json) {
  Change change;
  if (!valid_site_id(id)) {
    change.problems.emplace_back("id: must be 1 to 200 letters, digits or . _ - / ~");
    return change;
  }
  FeedResult read = read_site(json);
  change.problems = std::move(read.problems);
  if (!change.problems.empty()) return change;
  check_claims(id, read.spec, change);
  if (!change.problems.empty()) return change;
  const auto before = sites_.find(id);
  if (before != sites_.end() && before->second == read.spec) return change;
  auto next = std::make_shared<proxy::Snapshot>(*snapshot_);
  replace(std::string(id), before == sites_.end() ? nullptr : &before->second, &read.spec, *next, change);
  sites_.insert_or_assign(std::string(id), std::move(read.spec));
  snapshot_ = std::move(next);
  change.changed = true;
  return change;
}

Change SiteTable::erase(std::string_view id) {
  Change change;
  const auto before = sites_.find(id);
  // The file's routes go with the file.
  if (id.empty() || before == sites_.end()) return change;
  auto next = std::make_shared<proxy::Snapshot>(*snapshot_);
  replace(before->first, &before->second, nullptr, *next, change);
  sites_.erase(before);
  snapshot_ = std::move(next);
  change.changed = true;
  return change;
}

Change SiteTable::set_state(std::string_view id, proxy::SiteState state) {
  Change change;
  const auto before = sites_.find(id);
  if (id.empty() || before == sites_.end() || before->second.state == state) return change;
  SiteSpec after = before->second;
  after.state = state;
  auto next = std::make_shared<proxy::Snapshot>(*snapshot_);
  replace(before->first, &before->second, &after, *next, change);
  before->second = std::move(after);
  snapshot_ = std::move(next);
  change.changed = true;
  return change;
}

std::shared_ptr<const proxy::Site> SiteTable::site(std::string_view id) const {
  const auto at = sites_.find(id);
  return id.empty() || at == sites_.end() ? nullptr : site_of(*snapshot_, at->second);
}

std::vector<std::shared_ptr<const proxy::Site>> SiteTable::sites() const {
  std::vector<std::shared_ptr<const proxy::Site>> all;
  for (const auto& [id, spec] : sites_)
    if (!id.empty()) all.push_back(site_of(*snapshot_, spec));
  return all;
}

SiteSleep SiteTable::sleep_of(std::string_view id) const {
  const auto at = sites_.find(id);
  return at == sites_.end() ? SiteSleep{} : at->second.sleep;
}

Change SiteTable::complete() {
  Change change;
  if (snapshot_->complete) return change;
  auto next = std::make_shared<proxy::Snapshot>(*snapshot_);
  next->complete = true;
  snapshot_ = std::move(next);
  change.changed = true;
  return change;
}

std::vector<std::shared_ptr<const proxy::Upstream>> SiteTable::upstreams() const {
  std::vector<std::shared_ptr<const proxy::Upstream>> all;
  for (const auto& [id, spec] : sites_)
    for (const auto& route : spec.routes)
      if (auto upstream = upstream_of(*snapshot_, route)) all.push_back(std::move(upstream));
  return all;
}

boost::json::object SiteTable::status() const {
  boost::json::array sites;
  for (const auto& [id, spec] : sites_) {
    auto site = site_status(id, spec);
    add_upstreams(site, *snapshot_, spec);
    sites.push_back(std::move(site));
  }
  return {{"sites", std::move(sites)}, {"complete", snapshot_->complete}};
}

}  // namespace gw::control
