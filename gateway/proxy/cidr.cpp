#include "gateway/proxy/cidr.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace gw::proxy {

namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

}  // namespace

bool IpAddress::v4() const noexcept { return std::equal(mapped_prefix.begin(), mapped_prefix.end(), bytes.begin()); }

std::optional<IpAddress> parse_ip(std::string_view text) noexcept {
  char zero_ended[INET6_ADDRSTRLEN];
  if (text.empty() || text.size() >= sizeof zero_ended) return std::nullopt;
  std::memcpy(zero_ended, text.data(), text.size());
  zero_ended[text.size()] = '\0';
  if (std::strlen(zero_ended) != text.size()) return std::nullopt;
  IpAddress address;
  if (inet_pton(AF_INET6, zero_ended, address.bytes.data()) == 1) return address;
  std::copy(mapped_prefix.begin(), mapped_prefix.end(), address.bytes.begin());
  if (inet_pton(AF_INET, zero_ended, address.bytes.data() + mapped_prefix.size()) == 1) return address;
  return std::nullopt;
}

bool CidrSet::add(std::string_view cidr) {
  const std::size_t slash = cidr.find('/');
  const auto base = parse_ip(cidr.substr(0, slash));
  if (!base) return false;
  const bool dotted = cidr.substr(0, slash).find(':') == std::string_view::npos;
  const unsigned most = dotted ? 32 : 128;
  unsigned bits = most;
  if (slash != std::string_view::npos) {
    const std::string_view digits = cidr.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc{} || end != digits.data() + digits.size() || bits > most) return false;
  }
  ranges_.push_back({*base, bits + (dotted ? 96 : 0)});
  return true;
}

bool CidrSet::contains(const IpAddress& address) const noexcept {
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const Range& range) {
    const unsigned whole = range.bits / 8;
    const unsigned rest = range.bits % 8;
    if (!std::equal(address.bytes.begin(), address.bytes.begin() + whole, range.base.bytes.begin())) return false;
    if (rest == 0) return true;
    return ((address.bytes[whole] ^ range.base.bytes[whole]) >> (8 - rest)) == 0;
  });
}

}  // namespace gw::proxy
