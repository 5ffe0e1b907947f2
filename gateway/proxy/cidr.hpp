#pragma once
// Sets of address ranges, read once and asked for every request.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace gw::proxy {

/// An IP address as 16 bytes; IPv4 stands in its IPv4-mapped form, so that `::ffff:1.2.3.4` and `1.2.3.4` are one client.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};
  bool v4() const noexcept;
  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

/// Reads an address without port, brackets or zone.
std::optional<IpAddress> parse_ip(std::string_view text) noexcept;

class CidrSet {
 public:
  /// Adds `192.0.2.0/24`, `2001:db8::/32` or a single address; false when it is none.
  bool add(std::string_view cidr);
  bool contains(const IpAddress&) const noexcept;
  bool empty() const noexcept { return ranges_.empty(); }

 private:
  struct Range {
    IpAddress base;
    unsigned bits;
  };
  std::vector<Range> ranges_;
};

}  // namespace gw::proxy
