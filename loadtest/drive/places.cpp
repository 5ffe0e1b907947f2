#include "loadtest/drive/places.hpp"

#include <netdb.h>
#include <sys/un.h>

#include <cstring>

#include "loadtest/plan/url.hpp"

namespace loadtest::drive {
namespace {

std::optional<Place> unix_place(const std::string& path, std::string& problem) {
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  if (path.size() >= sizeof local.sun_path) {
    problem = "the path of the socket is too long: " + path;
    return std::nullopt;
  }
  path.copy(local.sun_path, path.size());
  SocketAddress address;
  address.size = sizeof local;
  std::memcpy(&address.storage, &local, sizeof local);
  return Place{"unix:" + path, {address}, std::nullopt};
}

std::optional<Place> container_place(const std::string& text, std::string& problem) {
  const auto address = gw::net::parse_address(text);
  const auto* inside = address ? std::get_if<gw::net::ContainerAddress>(&*address) : nullptr;
  if (inside == nullptr) {
    problem = "not an address inside a container: " + text;
    return std::nullopt;
  }
  return Place{text, {}, *inside};
}

std::optional<Place> named_place(const std::string& host, std::uint16_t port, std::string& problem) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(plan::name_to_look_up(host).c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0) {
    problem = "cannot find " + host + ": " + ::gai_strerror(error);
    return std::nullopt;
  }
  const bool six = host.find(':') != std::string::npos;
  Place place{(six ? "[" + host + "]" : host) + ":" + std::to_string(port), {}, std::nullopt};
  for (const auto* one = found; one != nullptr; one = one->ai_next) {
    SocketAddress address;
    address.size = one->ai_addrlen;
    std::memcpy(&address.storage, one->ai_addr, one->ai_addrlen);
    place.addresses.push_back(address);
  }
  ::freeaddrinfo(found);
  return place;
}

}  // namespace

std::optional<Place> find_place(const plan::Origin& origin, const plan::Transport& transport, std::string& problem) {
  if (!transport.container.empty()) return container_place(transport.container, problem);
  if (!transport.unix_socket.empty()) return unix_place(transport.unix_socket, problem);
  for (const auto& one : transport.overrides)
    if (one.host == origin.host && one.port == origin.port) return named_place(one.address, origin.port, problem);
  return named_place(origin.host, origin.port, problem);
}

}  // namespace loadtest::drive
