#pragma once
// What the gateway says by itself: that visitors wait for a Space that sleeps, that a Space has had none for long. One stream of
// JSON lines, opened again whenever it ends. Main thread.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/http/client.hpp"
#include "gateway/net/worker.hpp"

namespace runtime::supervise {

/// One line: `{"event": "wake_needed", "site": "owner/name"}`.
struct GatewayEvent {
  std::string name;
  std::string site;       ///< empty: it is of none
  long idle_seconds = 0;  ///< with `idle`
};

class GatewayEvents {
 public:
  using Sink = std::function<void(const GatewayEvent&)>;

  GatewayEvents(gw::net::Worker& worker, std::string socket) : worker_(worker), socket_(std::move(socket)) {}

  /// Hears until the stream ends: the gateway has gone, or has said nothing for longer than it ever is silent, or `again`. Lines that
  /// are no events are passed over.
  gw::net::Task<> follow(const Sink& sink);
  /// Ends the stream under way: another gateway answers on the socket now.
  void again() noexcept;

 private:
  gw::net::Worker& worker_;
  std::string socket_;
  gw::http::ClientConnection* connection_ = nullptr;  ///< the one under way
};

/// The event of a line; nothing when it is none.
std::optional<GatewayEvent> to_gateway_event(std::string_view line);

}  // namespace runtime::supervise
