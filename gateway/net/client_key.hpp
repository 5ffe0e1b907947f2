#pragma once
// Whom a connection is counted for: an IPv4 address, or the /64 of an IPv6 one, because whoever has one address of a /64 has all of
// them (RFC 6177 §1).

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace gw::net {

/// A client as one number: the first 64 bits of its IPv6 address. Prefixes of multicast, which nobody connects from, stand for what
/// has none.
enum class ClientKey : std::uint64_t {
  nobody = ~std::uint64_t{0},  ///< no IP address: a UNIX socket, somebody whom a proxy did not name
};

ClientKey client_key(const sockaddr_storage& address) noexcept;
/// Of an address without port, brackets or zone.
ClientKey client_key(std::string_view text) noexcept;
/// `192.0.2.7`, `2001:db8:0:1::/64`, `nobody`.
std::string to_string(ClientKey key);

}  // namespace gw::net
