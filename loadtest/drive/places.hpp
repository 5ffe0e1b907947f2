#pragma once
// Where the connections of a lane go, found out once before the run.

#include <sys/socket.h>

#include <optional>
#include <string>
#include <vector>

#include "gateway/net/address.hpp"
#include "loadtest/plan/settings.hpp"

namespace loadtest::drive {

/// A socket's address.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
};

/// Of one origin.
struct Place {
  std::string name;                      ///< for people: `127.0.0.1:8080`
  std::vector<SocketAddress> addresses;  ///< tried in turn; at least one, unless it is inside a container
  std::optional<gw::net::ContainerAddress> container;
};

/// Looks the name up, as the transport says. Blocks. Nothing: `problem` says why, in a sentence.
std::optional<Place> find_place(const plan::Origin& origin, const plan::Transport& transport, std::string& problem);

}  // namespace loadtest::drive
