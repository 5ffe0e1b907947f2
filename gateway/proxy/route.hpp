#pragma once
// What a request is matched to: a route, the upstream behind it and the site it belongs to. Immutable once in a snapshot.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/gateway_file.hpp"
#include "gateway/net/address.hpp"
#include "gateway/proxy/endpoint_state.hpp"
#include "gateway/proxy/gate.hpp"
#include "gateway/proxy/pulse.hpp"
#include "gateway/proxy/retry_budget.hpp"
#include "gateway/proxy/shared_balancing.hpp"
#include "gateway/proxy/tally.hpp"

namespace gw::proxy {

struct Endpoint {
  net::Address address;
  std::string text;            ///< the address as written: its identity, the key of its connection pool
  unsigned weight = 1;         ///< as in config::EndpointEntry
  unsigned max_in_flight = 0;  ///< likewise
  std::uint64_t id = 0;        ///< what cookies and hashes know it by (`seat_of`)
  /// Null: it is alone and unlimited, so there is nothing to know.
  std::shared_ptr<EndpointState> state{};
};

/// Can the requests of a site be served now? A site that is `sleeping` is woken, one that is `waking` is waited for; anything else
/// but `ready` is answered by the gateway itself.
enum class SiteState : std::uint8_t { ready, building, starting, sleeping, waking, paused, failed };

/// Is nothing to be expected of its endpoints, although they stay?
inline bool at_rest(SiteState state) noexcept { return state == SiteState::sleeping || state == SiteState::waking; }

/// The word for a state, as in the feed: `ready`.
std::string_view name(SiteState) noexcept;

struct Upstream {
  std::string name;
  std::vector<Endpoint> endpoints;
  config::Protocol protocol = config::Protocol::http;
  SharedBalancing balancing{};  ///< without its limits
  config::Limits limits{};
  std::shared_ptr<Gate> gate{};            ///< the places of the Space or upstream; null: no limit
  std::shared_ptr<Tally> tally{};          ///< of the site or, in a gateway file, of the upstream; null: not counted apart
  std::shared_ptr<Gate> endpoint_gate{};   ///< the places of all endpoints together; null: none of them has a limit
  std::shared_ptr<RetryBudget> retries{};  ///< null: there is no second endpoint to try
};

/// One Space, or one gateway file: what is replaced together.
struct Site {
  std::string id;
  SiteState state = SiteState::ready;
  std::string message;                                               ///< shown to visitors when not ready
  std::vector<std::pair<std::string, std::string>> response_fields;  ///< set on every answer, names in lower case
  std::shared_ptr<Pulse> pulse{};                                    ///< null: it is never asked whether anybody uses it
};

struct Route {
  std::string host;  ///< as in config::Route
  std::string path;  ///< without a trailing slash, except the root
  bool strip_prefix = false;
  std::uint64_t max_body_bytes = 0;
  std::size_t line = 0;
  std::shared_ptr<const Upstream> upstream;
  std::shared_ptr<const Site> site;
  bool websocket = true;              ///< as in config::Route
  bool refuse_escaped_slash = false;  ///< as in config::Route
};

}  // namespace gw::proxy
