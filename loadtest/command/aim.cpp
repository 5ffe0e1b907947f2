#include "loadtest/command/aim.hpp"

#include <fmt/format.h>

#include "loadtest/command/mistake.hpp"

namespace loadtest::command {

void through_gateway(const Space& space, plan::Transport& transport) {
  transport.overrides.push_back({space.target.origin.host, space.target.origin.port, "127.0.0.1"});
}

void straight_in(const Space& space, const Sockets& sockets, plan::Transport& transport) {
  if (transport.read_rate != 0) {
    throw Mistake(
        "--read-rate cannot go straight into a container: the connection comes with a window that is too large for it",
        "through the gateway it can: `spaceport-bench run --space NAME --read-rate BYTES`");
  }
  if (space.container.empty()) {
    throw Mistake(fmt::format("{} is {} and has no container that can be reached by its namespace", space.id, space.stage),
                  fmt::format("`spaceport wake {}` starts it; where ports are published instead, use their address", space.id),
                  Exit::unreachable);
  }
  transport.container = space.container;
  transport.dialer = sockets.dialer;
}

std::vector<Consumer> consumers_of(const Space& space, const Sockets& sockets) {
  std::vector<Consumer> made{listener_of("gateway", sockets.gateway)};
  if (!space.container_id.empty()) made.push_back(container_of(space.container_id));
  return made;
}

std::string url_in(const Space& space, const std::string& path) {
  const auto url = space.target.url();
  return path.starts_with('/') ? url + path.substr(1) : url;
}

}  // namespace loadtest::command
