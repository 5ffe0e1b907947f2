#include "config/rules.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace config {
namespace {

constexpr std::size_t host_max = 253;  // RFC 1035 §2.3.4, as text
constexpr std::size_t label_max = 63;
constexpr std::size_t path_max = 2048;
constexpr std::size_t socket_path_max = 107;
constexpr std::size_t container_id_digits = 64;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc{} && end == text.data() + text.size() && !text.empty() && is_digit(text.front());
  return whole ? std::optional(number) : std::nullopt;
}

bool is_ip(int family, std::string_view text) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return text.size() < 64 && text.find('\0') == std::string_view::npos &&
         inet_pton(family, std::string(text).c_str(), address.data()) == 1;
}
bool is_ipv4(std::string_view text) { return is_ip(AF_INET, text); }
bool is_ipv6(std::string_view text) { return is_ip(AF_INET6, text); }

/// Underscores are no host name by RFC 1123, but container names have them.
Wrong check_name(std::string_view name) {
  if (name.empty() || name.size() > host_max) return "must be a host name of 1 to 253 characters";
  while (true) {
    const auto dot = name.find('.');
    const auto label = name.substr(0, dot);
    if (label.empty() || label.size() > label_max) return "must be a host name: 1 to 63 characters between two dots";
    for (const char c : label) {
      const bool good = (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_';
      if (!good) return "must be a host name: letters, digits, \"-\" and \".\"";
    }
    if (label.front() == '-' || label.back() == '-') return "must be a host name: no \"-\" beside a dot or an end";
    if (dot == std::string_view::npos) return std::nullopt;
    name.remove_prefix(dot + 1);
  }
}

struct HostPort {
  std::string_view host;
  std::string_view port;
  bool brackets = false;
};

std::optional<HostPort> split(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = text.find("]:");
    if (end == std::string_view::npos) return std::nullopt;
    return HostPort{text.substr(1, end - 1), text.substr(end + 2), true};
  }
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return HostPort{text.substr(0, colon), text.substr(colon + 1), false};
}

Wrong check_port(std::string_view port) {
  const auto number = number_of<std::uint64_t>(port);
  if (!number) return "must end with a port number";
  if (*number < 1 || *number > 65535) return "must have a port from 1 to 65535";
  return std::nullopt;
}

Wrong check_container(std::string_view rest) {
  constexpr const char* form = "must be netns:<container id of 64 hex digits>@<generation>:<port>";
  const auto at = rest.find('@');
  const auto colon = rest.find(':', at == std::string_view::npos ? 0 : at);
  if (at != container_id_digits || colon == std::string_view::npos) return form;
  const auto id = rest.substr(0, at);
  const auto is_hex = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); };
  if (!std::all_of(id.begin(), id.end(), is_hex)) return form;
  if (!number_of<std::uint64_t>(rest.substr(at + 1, colon - at - 1))) return form;
  return check_port(rest.substr(colon + 1));
}

}  // namespace

bool is_ip_address(std::string_view text) { return is_ipv4(text) || is_ipv6(text); }

Wrong check_path(std::string_view path) {
  if (!path.starts_with('/')) return "must begin with \"/\"";
  if (path.size() > path_max) return "must be at most 2048 characters long";
  for (const char c : path) {
    if (c == '?' || c == '#') return "must not contain a query or a fragment";
    if (c == '%') return "must not contain \"%\": requests are matched after their escapes are resolved";
    if (c <= ' ' || c >= 0x7F || c == '\\') return "must not contain spaces, backslashes, control or non-ASCII characters";
  }
  if (path.find("//") != std::string_view::npos) return "must not contain \"//\"";
  for (std::size_t start = 1; start <= path.size();) {
    const auto end = std::min(path.find('/', start), path.size());
    const auto segment = path.substr(start, end - start);
    if (segment == "." || segment == "..") return "must not contain the segments \".\" or \"..\"";
    start = end + 1;
  }
  return std::nullopt;
}

std::string canonical_path(std::string path) {
  if (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

std::string canonical_host(std::string host) {
  for (char& c : host) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (host.size() > 1 && host.back() == '.') host.pop_back();
  return host;
}

Wrong check_host(std::string_view host) {
  if (host == "*") return "must not be \"*\"; leave \"host\" out to match any host";
  if (host.starts_with('[')) {
    const bool good = host.ends_with(']') && is_ipv6(host.substr(1, host.size() - 2));
    return good ? Wrong() : Wrong("must be an IPv6 address between its brackets, and nothing behind them");
  }
  if (host.find("://") != std::string_view::npos) return "must be a host without a scheme";
  if (host.find(':') != std::string_view::npos) return "must be a host without a port";
  if (host.find('/') != std::string_view::npos) return "must be a host without a path";
  if (host.starts_with("*.")) host.remove_prefix(2);
  if (host.find('*') != std::string_view::npos) return "may have a wildcard only as \"*.\" at its beginning";
  return check_name(host);
}

Wrong check_socket_path(std::string_view path) {
  if (path.empty()) return "must be the path of a socket";
  if (path.size() > socket_path_max) return "must be at most 107 bytes long, which is what a socket's address holds";
  return std::nullopt;
}

Wrong check_endpoint(std::string_view endpoint) {
  if (endpoint.starts_with("unix:")) return check_socket_path(endpoint.substr(5));
  if (endpoint.starts_with("netns:")) return check_container(endpoint.substr(6));
  if (endpoint.find("://") != std::string_view::npos) return "must be HOST:PORT without a scheme";
  const auto parts = split(endpoint);
  if (!parts) return "must be HOST:PORT, [IPv6]:PORT, unix:PATH or netns:ID@GENERATION:PORT";
  if (parts->brackets && !is_ipv6(parts->host)) return "must have an IPv6 address in its brackets";
  if (!parts->brackets && parts->host.find(':') != std::string_view::npos) {
    return "must have its IPv6 address in brackets, as in [::1]:8080";
  }
  if (!parts->brackets) {
    if (auto wrong = check_name(canonical_host(std::string(parts->host)))) return wrong;
  }
  return check_port(parts->port);
}

Wrong check_cidr(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = text.substr(0, slash);
  if (!is_ip_address(address)) return "must be an IP address or a network such as 10.0.0.0/8";
  if (slash == std::string_view::npos) return std::nullopt;
  const auto bits = number_of<unsigned>(text.substr(slash + 1));
  const unsigned bits_max = is_ipv4(address) ? 32 : 128;
  if (!bits || *bits > bits_max) return "must have a prefix length of 0 to " + std::to_string(bits_max);
  return std::nullopt;
}

Parsed<std::pair<std::string, std::uint16_t>> parse_listen_address(std::string_view text) {
  const auto parts = split(text);
  if (!parts) return {{}, "must be ADDRESS:PORT, as in 127.0.0.1:8080 or [::]:8443"};
  if (!parts->brackets && parts->host.find(':') != std::string_view::npos) {
    return {{}, "must have its IPv6 address in brackets, as in [::]:8443"};
  }
  if (parts->host.empty()) return {{}, "must have an address before the port: 0.0.0.0 or [::] for all interfaces"};
  if (parts->brackets ? !is_ipv6(parts->host) : !is_ipv4(parts->host)) {
    const std::string hint = parts->host == "localhost" ? "; write 127.0.0.1" : "";
    return {{}, "must have an IP address before the port, not a name" + hint};
  }
  const auto port = number_of<std::uint64_t>(parts->port);
  if (!port || *port > 65535) return {{}, "must have a port from 0 to 65535"};
  return {std::pair(std::string(parts->host), static_cast<std::uint16_t>(*port)), {}};
}

}  // namespace config
