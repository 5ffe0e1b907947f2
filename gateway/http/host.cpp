#include "gateway/http/host.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "gateway/http/characters.hpp"

namespace gw::http {
namespace {

constexpr net::Failure bad_host{net::Code::bad_host, net::Side::client, net::Retry::never};
/// RFC 1035 §2.3.4, without the trailing dot.
constexpr std::size_t longest_name = 253;

bool is_ipv6(std::string_view text) noexcept {
  std::array<char, INET6_ADDRSTRLEN + 1> buffer{};
  if (text.size() >= buffer.size()) return false;
  std::copy(text.begin(), text.end(), buffer.begin());
  in6_addr address;
  return inet_pton(AF_INET6, buffer.data(), &address) == 1;
}

bool is_name(std::string_view text) noexcept {
  if (text.empty() || text.size() > longest_name) return false;
  char before = '.';
  for (const char c : text) {
    if (!characters::host[static_cast<unsigned char>(c)] || (c == '.' && before == '.')) return false;
    before = c;
  }
  return before != '.';
}

/// 1-65535, or 0 for none at all (`host:` is legal and means the default).
net::Result<std::uint16_t> parse_port(std::string_view text) noexcept {
  if (text.empty()) return std::uint16_t{0};
  unsigned value = 0;
  for (const char c : text) {
    if (!is_digit(c) || text.size() > 5) return bad_host;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  if (value == 0 || value > 65535) return bad_host;
  return static_cast<std::uint16_t>(value);
}

}  // namespace

net::Result<void> normalise_authority(std::string_view raw, std::string& out) {
  const bool literal = !raw.empty() && raw.front() == '[';
  const std::size_t host_end = literal ? raw.find(']') : raw.find(':');
  if (literal && host_end == std::string_view::npos) return bad_host;

  std::string_view host = raw.substr(0, literal ? host_end + 1 : host_end);
  std::string_view port = raw.substr(host.size());
  if (!port.empty() && port.front() != ':') return bad_host;
  if (!port.empty()) port.remove_prefix(1);
  const net::Result<std::uint16_t> number = parse_port(port);
  if (!number) return number.error();

  if (!literal && host.size() > 1 && host.back() == '.') host.remove_suffix(1);
  if (literal ? !is_ipv6(host.substr(1, host.size() - 2)) : !is_name(host)) return bad_host;

  out.resize(host.size());
  std::transform(host.begin(), host.end(), out.begin(), to_lower);
  if (*number != 0) {
    std::array<char, 5> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), *number).ptr;
    out.append(1, ':').append(digits.data(), end);
  }
  return {};
}

Authority split_authority(std::string_view normalised) noexcept {
  const std::size_t bracket = normalised.rfind(']');
  const std::size_t colon = normalised.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos) return {normalised, 0};
  Authority authority{normalised.substr(0, colon), 0};
  for (const char c : normalised.substr(colon + 1))
    authority.port = static_cast<std::uint16_t>(authority.port * 10 + (c - '0'));
  return authority;
}

bool same_authority(std::string_view a, std::string_view b, std::uint16_t default_port) noexcept {
  if (a == b) return true;
  const Authority left = split_authority(a);
  const Authority right = split_authority(b);
  return left.host == right.host &&
         (left.port == 0 ? default_port : left.port) == (right.port == 0 ? default_port : right.port);
}

}  // namespace gw::http
