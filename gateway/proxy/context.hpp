#pragma once
// What policies, relay, failure page and access log know about one exchange besides its heads. Lives in the frame of the
// exchange's coroutine, on its worker's thread.

#include <array>
#include <string>
#include <string_view>

#include "gateway/http/message.hpp"
#include "gateway/http/server.hpp"
#include "gateway/net/deadline.hpp"
#include "gateway/net/result.hpp"
#include "gateway/proxy/presence.hpp"
#include "gateway/proxy/snapshot.hpp"

namespace gw::proxy {

class Tunnels;

/// How far an exchange has come, and how long that took.
struct Phases {
  net::Clock::duration held{};          ///< until its Space was awake
  net::Clock::duration queued{};        ///< before the gates of its Space and endpoints
  net::Clock::duration connecting{};    ///< to get a connection; zero when it came from the pool
  net::Clock::time_point sent{};        ///< the request head was written
  net::Clock::time_point first_byte{};  ///< the final head of the answer came
};

struct RequestContext {
  RequestContext(const http::ConnectionInfo& from, const Snapshot& in_force, net::Clock::time_point now)
      : connection(from), snapshot(&in_force), began(now) {}

  const http::ConnectionInfo& connection;
  const Snapshot* snapshot;  ///< never null; the owner of `route`: keep it alive as long as the context
  net::Clock::time_point began;
  const Route* route = nullptr;  ///< set by the routing policy; null when nothing matched
  std::string_view host;         ///< of the request's authority, without port; valid as long as the request head
  std::string_view authority;    ///< the request's authority; likewise
  bool peer_trusted = false;     ///< may the peer speak for the client?
  std::string client;            ///< the client's address: the peer, or what trusted proxies say
  std::string request_id;
  std::string_view trace_id;   ///< of the traceparent that goes on with the request; valid as long as `trace`
  std::array<char, 55> trace;  ///< what `trace_id` is a part of: the traceparent, or its first 55 letters
  Phases phases;
  const Endpoint* new_seat = nullptr;  ///< the endpoint that a sticky cookie is to name from now on
  std::string_view endpoint;           ///< where the exchange is forwarded to, by its text; valid as long as `route`
  Tunnels* tunnels = nullptr;          ///< where a tunnel is told that its route has gone
  Presence presence;                   ///< in the pulse of its site
};

/// Why a request is not forwarded.
struct Refusal {
  net::Failure failure;
  /// Not zero: no failure at all, but an answer of the gateway's own, with this status and without a body.
  std::uint16_t status = 0;
  /// The site only sleeps: whoever wants to wait for it may.
  bool asleep = false;
};

inline Refusal refuse(net::Code code, net::Side side = net::Side::gateway) noexcept {
  return {{code, side, net::Retry::never}, 0, false};
}
/// The status that stands for the index page; no other answer of our own has it.
inline constexpr std::uint16_t index_status = 200;
inline Refusal answer(std::uint16_t status) noexcept { return {{}, status, false}; }
/// Of a site that sleeps.
inline Refusal asleep(net::Code code) noexcept { return {{code, net::Side::gateway, net::Retry::never}, 0, true}; }

}  // namespace gw::proxy
