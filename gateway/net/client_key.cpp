#include "gateway/net/client_key.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cstring>

namespace gw::net {
namespace {

// ff00::/8 with nothing behind it but an IPv4 address.
constexpr std::uint64_t v4_prefix = 0xff00'0000'0000'0000;

ClientKey key_of(const in_addr& address) noexcept { return ClientKey{v4_prefix | ntohl(address.s_addr)}; }

ClientKey key_of(const in6_addr& address) noexcept {
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    in_addr v4{};
    std::memcpy(&v4, address.s6_addr + 12, sizeof v4);
    return key_of(v4);
  }
  std::uint64_t prefix = 0;
  for (std::size_t i = 0; i != sizeof prefix; ++i) prefix = prefix << 8 | address.s6_addr[i];
  return ClientKey{prefix};
}

}  // namespace

ClientKey client_key(const sockaddr_storage& address) noexcept {
  if (address.ss_family == AF_INET) return key_of(reinterpret_cast<const sockaddr_in&>(address).sin_addr);
  if (address.ss_family == AF_INET6) return key_of(reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
  return ClientKey::nobody;
}

ClientKey client_key(std::string_view text) noexcept {
  std::array<char, INET6_ADDRSTRLEN> zero_ended{};
  if (text.size() >= zero_ended.size()) return ClientKey::nobody;
  std::memcpy(zero_ended.data(), text.data(), text.size());
  in_addr v4{};
  if (inet_pton(AF_INET, zero_ended.data(), &v4) == 1) return key_of(v4);
  in6_addr v6{};
  if (inet_pton(AF_INET6, zero_ended.data(), &v6) == 1) return key_of(v6);
  return ClientKey::nobody;
}

std::string to_string(ClientKey key) {
  if (key == ClientKey::nobody) return "nobody";
  const auto bits = static_cast<std::uint64_t>(key);
  std::array<char, INET6_ADDRSTRLEN> text{};
  if ((bits & v4_prefix) == v4_prefix) {
    const in_addr v4{htonl(static_cast<std::uint32_t>(bits))};
    return inet_ntop(AF_INET, &v4, text.data(), text.size());
  }
  in6_addr v6{};
  for (std::size_t i = 0; i != sizeof bits; ++i) v6.s6_addr[i] = static_cast<std::uint8_t>(bits >> (56 - 8 * i));
  return std::string(inet_ntop(AF_INET6, &v6, text.data(), text.size())) + "/64";
}

}  // namespace gw::net
