#pragma once
// Which endpoint of an upstream takes a request. One balancer a worker.

#include <string>
#include <vector>

#include "gateway/net/deadline.hpp"
#include "gateway/proxy/route.hpp"

namespace gw::proxy {

class Balancer {
 public:
  /// How long an endpoint that could not be reached is passed over while there is another one.
  static constexpr net::Duration avoided_for{10'000};
  /// Second tries that are granted at once; after these, one for every `requests_a_retry` requests (rule 45: 20 %).
  static constexpr unsigned retries_at_once = 10;
  static constexpr unsigned requests_a_retry = 5;

  /// The endpoint for the next request, in turn; null when the upstream has none. A second call gives another one where
  /// there is another.
  const Endpoint* next(const Upstream& upstream);

  /// Another endpoint for a request whose `failed` one could not be reached. Null: there is none, or so many requests
  /// have needed a second one of late that more would only multiply the load.
  const Endpoint* instead_of(const Endpoint& failed, const Upstream& upstream);

 private:
  struct Avoided {
    std::string endpoint;
    net::Clock::time_point until;
  };

  const Endpoint* choose(const Upstream& upstream);
  bool avoided(const std::string& endpoint) const noexcept;

  std::size_t turn_ = 0;
  unsigned credit_ = retries_at_once * requests_a_retry;
  std::vector<Avoided> avoided_;  ///< nearly always empty
};

}  // namespace gw::proxy
