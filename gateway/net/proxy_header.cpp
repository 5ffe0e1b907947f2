#include "gateway/net/proxy_header.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>

namespace gw::net {
namespace {

using Outcome = ProxyHeaderParse::Outcome;
using From = ProxyHeader::From;

constexpr std::string_view text_begin = "PROXY ";
constexpr std::size_t longest_line = 107;  // with its end; the longest one that makes sense has two IPv6 addresses
constexpr std::string_view signature{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr std::size_t fixed_bytes = 16;

ProxyHeaderParse more() { return {Outcome::more, 0, {}}; }
ProxyHeaderParse bad() { return {}; }

/// The part in front of the next space, and the space itself, taken off `rest`; the last part has none behind it.
std::string_view take_word(std::string_view& rest, bool last) {
  const auto end = rest.find(' ');
  if (last != (end == std::string_view::npos)) return {};
  const auto word = rest.substr(0, end);
  rest.remove_prefix(last ? rest.size() : end + 1);
  return word;
}

bool is_address(std::string_view text, int family) {
  std::array<char, INET6_ADDRSTRLEN> zero_ended{};
  if (text.size() >= zero_ended.size()) return false;
  std::copy(text.begin(), text.end(), zero_ended.begin());
  in6_addr address{};
  return text.find('\0') == std::string_view::npos && ::inet_pton(family, zero_ended.data(), &address) == 1;
}

/// Decimal without zeros in front.
std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

ProxyHeaderParse parse_line(std::string_view input) {
  const auto known = std::min(input.size(), text_begin.size());
  if (input.substr(0, known) != text_begin.substr(0, known)) return bad();
  const auto line = input.substr(0, longest_line);
  const auto end = line.find('\r');
  if (line.substr(0, end).find('\n') != std::string_view::npos) return bad();
  if (end == std::string_view::npos) return line.size() == longest_line ? bad() : more();
  if (end + 1 == input.size() && end + 1 < longest_line) return more();
  if (end + 1 >= line.size() || line[end + 1] != '\n') return bad();
  if (end < text_begin.size()) return bad();
  const auto size = end + 2;
  auto rest = line.substr(text_begin.size(), end - text_begin.size());
  // What stands behind it is to be ignored.
  if (rest == "UNKNOWN" || rest.starts_with("UNKNOWN ")) return {Outcome::done, size, {}};
  const auto protocol = take_word(rest, false);
  if (protocol != "TCP4" && protocol != "TCP6") return bad();
  const int family = protocol == "TCP4" ? AF_INET : AF_INET6;
  const auto source = take_word(rest, false);
  const auto destination = take_word(rest, false);
  const auto source_port = port_of(take_word(rest, false));
  const auto destination_port = port_of(take_word(rest, true));
  if (!is_address(source, family) || !is_address(destination, family) || !source_port || !destination_port) return bad();
  return {Outcome::done, size, {From::client, std::string(source), *source_port}};
}

std::uint16_t number_at(std::string_view input, std::size_t at) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(input[at]) << 8 | static_cast<unsigned char>(input[at + 1]));
}

/// Families of version 2 that a stream can come from. A datagram's are bad: nobody can have sent one here.
enum Family : unsigned char { unspecified = 0x00, tcp4 = 0x11, tcp6 = 0x21, unix_stream = 0x31 };

/// How many bytes the two addresses with their ports have; nothing: no such family.
std::optional<std::size_t> address_bytes(unsigned char family) {
  switch (family) {
    case unspecified:
      return 0;
    case tcp4:
      return 12;
    case tcp6:
      return 36;
    case unix_stream:
      return 216;
    default:
      return std::nullopt;
  }
}

ProxyHeaderParse parse_binary(std::string_view input) {
  const auto known = std::min(input.size(), signature.size());
  if (input.substr(0, known) != signature.substr(0, known)) return bad();
  if (input.size() < fixed_bytes) return more();
  const auto command = static_cast<unsigned char>(input[12]);
  const auto family = static_cast<unsigned char>(input[13]);
  const std::size_t length = number_at(input, 14);
  const auto size = fixed_bytes + length;
  constexpr unsigned char local = 0x20;
  constexpr unsigned char proxied = 0x21;
  // A proxy that speaks for itself may leave anything behind.
  if (command == local) return {Outcome::done, size, {From::proxy, {}, 0}};
  const auto bytes = address_bytes(family);
  if (command != proxied || !bytes || length < *bytes) return bad();
  if (input.size() < fixed_bytes + *bytes) return more();
  if (family != tcp4 && family != tcp6) return {Outcome::done, size, {}};
  std::array<char, INET6_ADDRSTRLEN> text{};
  const std::size_t one = family == tcp4 ? 4 : 16;
  ::inet_ntop(family == tcp4 ? AF_INET : AF_INET6, input.data() + fixed_bytes, text.data(), text.size());
  return {Outcome::done, size, {From::client, text.data(), number_at(input, fixed_bytes + 2 * one)}};
}

}  // namespace

ProxyHeaderParse parse_proxy_header(std::span<const char> input) {
  const std::string_view text(input.data(), input.size());
  if (text.empty()) return more();
  return text.front() == signature.front() ? parse_binary(text) : parse_line(text);
}

}  // namespace gw::net
