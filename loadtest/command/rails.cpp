#include "loadtest/command/rails.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "loadtest/command/mistake.hpp"
#include "loadtest/plan/url.hpp"

namespace loadtest::command {
namespace {

bool is_loopback(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return (ntohl(v4.sin_addr.s_addr) >> 24) == 127;
  }
  if (address.sa_family != AF_INET6) return false;
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) || (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) && v6.sin6_addr.s6_addr[12] == 127);
}

bool stays_here(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(plan::name_to_look_up(host).c_str(), nullptr, &hints, &found); error != 0) {
    throw Mistake(fmt::format("{} has no address: {}", host, ::gai_strerror(error)),
                  "--resolve HOST:PORT:ADDRESS says where it is", Exit::unreachable);
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(found, &::freeaddrinfo);
  for (const auto* one = found; one != nullptr; one = one->ai_next) {
    if (!is_loopback(*one->ai_addr)) return false;
  }
  return true;
}

}  // namespace

void check_is_here(const plan::Settings& settings) {
  const auto& transport = settings.transport;
  if (!transport.unix_socket.empty() || !transport.container.empty()) return;
  std::vector<std::string> seen;
  for (const auto& target : settings.targets) {
    const auto moved = std::ranges::find_if(transport.overrides, [&target](const auto& one) {
      return one.host == target.origin.host && one.port == target.origin.port;
    });
    const auto& host = moved == transport.overrides.end() ? target.origin.host : moved->address;
    if (std::ranges::find(seen, host) != seen.end()) continue;
    seen.push_back(host);
    if (stays_here(host)) continue;
    throw Mistake(fmt::format("{} is not on this machine", host), "if you may load it, say so: --i-own-this-target");
  }
}

}  // namespace loadtest::command
