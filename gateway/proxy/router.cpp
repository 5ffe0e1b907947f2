#include "gateway/proxy/router.hpp"

#include <algorithm>
#include <functional>

namespace gw::proxy {

HostRoutes::HostRoutes(std::vector<Route> routes) : routes_(std::move(routes)) {
  std::sort(routes_.begin(), routes_.end(), [](const Route& a, const Route& b) { return a.path < b.path; });
  for (const Route& route : routes_) longest_ = std::max(longest_, route.path.size());
}

const Route* HostRoutes::match(std::string_view path) const noexcept {
  if (path.empty() || path.front() != '/') return nullptr;
  // Candidates are the prefixes of `path` that end at a segment. Those longer than every route are skipped in one step, so
  // that a path of a thousand slashes costs no more lookups than the configuration is deep.
  std::string_view candidate = path;
  if (candidate.size() > longest_) {
    std::size_t end = longest_;
    while (end > 0 && candidate[end] != '/') --end;
    candidate = candidate.substr(0, end);
  }
  while (true) {
    if (candidate.empty()) candidate = path.substr(0, 1);
    const auto at = std::lower_bound(routes_.begin(), routes_.end(), candidate,
                                     [](const Route& route, std::string_view text) { return route.path < text; });
    if (at != routes_.end() && at->path == candidate) return &*at;
    if (candidate.size() == 1) return nullptr;
    candidate = candidate.substr(0, candidate.rfind('/'));
  }
}

const Router::Group& Router::Table::find(std::string_view key) const noexcept {
  static const Group none;
  const std::size_t hash = std::hash<std::string_view>{}(key);
  const auto& shard = shards[hash % shard_count];
  if (!shard) return none;
  auto at = std::lower_bound(shard->begin(), shard->end(), hash,
                             [](const Entry& entry, std::size_t wanted) { return entry.hash < wanted; });
  for (; at != shard->end() && at->hash == hash; ++at)
    if (at->key == key) return at->routes;
  return none;
}

void Router::Table::set(std::string_view key, Group routes) {
  const std::size_t hash = std::hash<std::string_view>{}(key);
  auto& shard = shards[hash % shard_count];
  auto next = shard ? std::make_shared<Shard>(*shard) : std::make_shared<Shard>();
  auto at = std::lower_bound(next->begin(), next->end(), hash,
                             [](const Entry& entry, std::size_t wanted) { return entry.hash < wanted; });
  while (at != next->end() && at->hash == hash && at->key != key) ++at;
  const bool found = at != next->end() && at->hash == hash;
  if (!routes && !found) return;
  if (!routes) {
    next->erase(at);
    --size;
  } else if (found) {
    at->routes = std::move(routes);
  } else {
    next->insert(at, Entry{hash, std::string(key), std::move(routes)});
    ++size;
  }
  shard = next->empty() ? nullptr : std::move(next);
}

const HostRoutes* Router::group(std::string_view host) const noexcept {
  if (const Group& exact = exact_.find(host)) return exact.get();
  if (wildcards_.size != 0) {
    // The first dot leaves the longest suffix. `*.example.com` is every name below, not `example.com` itself.
    for (std::size_t dot = host.find('.'); dot != std::string_view::npos; dot = host.find('.', dot + 1)) {
      if (dot == 0) continue;
      if (const Group& wildcard = wildcards_.find(host.substr(dot))) return wildcard.get();
    }
  }
  return any_.get();
}

const Route* Router::match(std::string_view host, std::string_view path) const noexcept {
  const HostRoutes* const routes = group(host);
  return routes ? routes->match(path) : nullptr;
}

const Router::Group& Router::written(std::string_view pattern) const noexcept {
  if (pattern.empty()) return any_;
  if (pattern.size() > 2 && pattern.substr(0, 2) == "*.") return wildcards_.find(pattern.substr(1));
  return exact_.find(pattern);
}

void Router::set(std::string_view pattern, Group routes) {
  if (pattern.empty())
    any_ = std::move(routes);
  else if (pattern.size() > 2 && pattern.substr(0, 2) == "*.")
    wildcards_.set(pattern.substr(1), std::move(routes));
  else
    exact_.set(pattern, std::move(routes));
}

Router Router::with(std::string_view pattern, Group routes) const {
  Router next = *this;
  next.set(pattern, std::move(routes));
  return next;
}

}  // namespace gw::proxy
