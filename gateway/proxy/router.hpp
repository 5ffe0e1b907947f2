#pragma once
// Which route answers a request: exact host before wildcard (the longest first) before any host, then the longest path of
// whole segments. Immutable after it was built, so that every worker reads it without a lock; a new router made from an
// old one shares all that did not change.
//
// A host that has routes of its own never falls back to a wildcard or to "any host": a path that one Space does not route
// must not reach another tenant's app.

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/proxy/route.hpp"

namespace gw::proxy {

/// The routes of one host. They all belong to one site.
class HostRoutes {
 public:
  /// Paths are unique and normal (no trailing slash except the root); the caller checked that.
  explicit HostRoutes(std::vector<Route> routes);

  /// The route with the longest path of whole segments: `/api` takes `/api` and `/api/x`, not `/apix`.
  const Route* match(std::string_view path) const noexcept;

  /// In the order of their paths.
  std::span<const Route> routes() const noexcept { return routes_; }

 private:
  std::vector<Route> routes_;  ///< sorted by path
  std::size_t longest_ = 0;    ///< bytes of the longest path: bounds the search whatever a client sends
};

class Router {
 public:
  using Group = std::shared_ptr<const HostRoutes>;

  /// `host` is lower case, without port and trailing dot; empty when the client named none (HTTP/1.0).
  /// The pointer lives as long as the router.
  const Route* match(std::string_view host, std::string_view path) const noexcept;

  /// The routes that a host is judged by; null when nobody routes it.
  const HostRoutes* group(std::string_view host) const noexcept;

  /// Does anything here answer for that host?
  bool known_host(std::string_view host) const noexcept { return group(host) != nullptr; }

  /// The group written for exactly this pattern: a host, `*.suffix`, or empty for any host.
  const Group& written(std::string_view pattern) const noexcept;

  /// This router with the group of one pattern replaced, or removed when `routes` is null. O(the change), not O(all).
  Router with(std::string_view pattern, Group routes) const;

  /// The same in place, for the builder of a router that nobody else sees yet.
  void set(std::string_view pattern, Group routes);

  std::size_t host_count() const noexcept { return exact_.size + wildcards_.size + (any_ ? 1 : 0); }

 private:
  struct Entry {
    std::size_t hash;
    std::string key;
    Group routes;
  };
  /// A hash table in shards: changing one host copies one shard, whatever the number of hosts.
  struct Table {
    using Shard = std::vector<Entry>;  ///< sorted by hash
    static constexpr std::size_t shard_count = 256;

    const Group& find(std::string_view key) const noexcept;
    void set(std::string_view key, Group routes);

    std::array<std::shared_ptr<const Shard>, shard_count> shards;
    std::size_t size = 0;
  };

  Table exact_;
  Table wildcards_;  ///< keyed by what follows the star: `.example.com`
  Group any_;
};

}  // namespace gw::proxy
