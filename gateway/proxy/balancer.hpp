#pragma once
// Which endpoint of an upstream takes a request. One balancer a worker; what it knows of endpoints is in their states. Decides
// without I/O: the caller says what time it is and what became of a request.

#include <cstdint>
#include <optional>
#include <vector>

#include "gateway/net/deadline.hpp"
#include "gateway/proxy/lease.hpp"
#include "gateway/proxy/route.hpp"

namespace gw::proxy {

class Balancer {
 public:
  using Time = net::Clock::time_point;
  /// What ties the request (affinity.hpp).
  using Key = std::optional<std::uint64_t>;

  /// What `room` returns where nothing is limited.
  static constexpr unsigned no_limit = ~0U;

  explicit Balancer(std::size_t worker = 0, std::uint64_t seed = 1) : worker_(worker), random_(seed | 1) {}

  /// The endpoint for the next request, which `lease` then counts there; null when the upstream has none, or all places of
  /// all that are well are taken.
  const Endpoint* next(const Upstream& upstream, const Key& key, Time now, Lease& lease);

  /// Another endpoint for a request whose `failed` one could not be reached. Null: there is none, or so many requests to the
  /// upstream have needed a second one of late that more would only multiply the load.
  const Endpoint* instead_of(const Endpoint& failed, const Upstream& upstream, const Key& key, Time now, Lease& lease);

  /// What became of a request at an endpoint.
  void met(Met what, const Endpoint& endpoint, const Upstream& upstream, Time now) noexcept;

  /// How many requests the endpoints that are well may have at once, over all workers.
  unsigned room(const Upstream& upstream, Time now) noexcept;

  /// How often the latter was so.
  std::uint64_t unaffordable() const noexcept { return unaffordable_; }

  std::size_t worker() const noexcept { return worker_; }

 private:
  struct Candidate {
    const Endpoint* endpoint;
    std::uint64_t weight;
  };

  const Endpoint* choose(const Upstream& upstream, const Key& key, Time now, Lease& lease, const Endpoint* avoid);
  void collect(const Upstream& upstream, Time now, const Endpoint* avoid);
  bool all_out(const Upstream& upstream, Time now) noexcept;
  const Endpoint* pick(const Upstream& upstream, const Key& key);
  const Endpoint* two_choices();
  const Endpoint* in_turn();
  const Endpoint* by_hash(std::uint64_t key) const noexcept;
  std::size_t draw(std::uint64_t total, std::size_t without) noexcept;

  unsigned share(const Endpoint& endpoint, const Upstream& upstream, Time now) noexcept;
  std::uint64_t load(const Endpoint& endpoint) const noexcept;
  std::uint64_t random() noexcept;

  const std::size_t worker_;
  std::uint64_t random_;
  std::uint64_t unaffordable_ = 0;
  std::vector<Candidate> candidates_;  ///< of the choice under way; kept for its memory
};

}  // namespace gw::proxy
