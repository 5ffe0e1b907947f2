#pragma once
// What is known of a Space: asked of `spaceport serve`, over its socket.

#include <boost/json.hpp>
#include <optional>
#include <string>

#include "loadtest/plan/settings.hpp"

namespace loadtest::command {

/// Where the sockets of one instance lie (ARCHITECTURE: State): in `DIR/run` with --state DIR, for root in /run/spaceport, else in the
/// XDG runtime folder.
struct Sockets {
  std::string api;
  std::string gateway;
  std::string dialer;
};
Sockets sockets_of(const std::string& state_option);

struct Space {
  std::string id;
  std::string stage;
  plan::Target target;  ///< GET / at its public address, through the gateway
  std::string host;
  std::string container;  ///< its endpoint for `plan::Transport::container`, or HOST:PORT of a published port; empty: none runs
  std::string container_id;  ///< of the engine; empty: none runs
  std::uint16_t app_port = 0;
};

/// The runtime's side of a Space. Blocking; throws Mistake when nobody answers or the Space is not there.
class Runtime {
 public:
  explicit Runtime(Sockets sockets) : sockets_(std::move(sockets)) {}

  Space space(const std::string& name) const;
  /// `action` is wake, sleep, restart...
  boost::json::value call(const std::string& method, const std::string& path, const boost::json::object* body = nullptr) const;
  /// Until its stage is one of these, at most so long. Throws Mistake with the stage it is in.
  Space wait_for(const std::string& name, std::initializer_list<std::string_view> stages, std::chrono::seconds most) const;
  const Sockets& sockets() const noexcept { return sockets_; }

 private:
  Sockets sockets_;
};

/// `owner/name`; a name alone is local/name.
std::string full_name(const std::string& name);

}  // namespace loadtest::command
