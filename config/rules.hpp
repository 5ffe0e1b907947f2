#pragma once
// What a host, a path, an endpoint and an address may look like. Each check gives what is wrong, as the end of a sentence
// that begins with the name of the value; nothing when it is right.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "config/units.hpp"

namespace config {

using Wrong = std::optional<std::string>;

/// A route's path: begins with `/`, has no dot segments, empty segments, query, fragment, escapes or control characters.
/// A slash at its end is allowed; `canonical_path` takes it off.
Wrong check_path(std::string_view path);
std::string canonical_path(std::string path);

/// A route's host, after `canonical_host`: a name, an IP address (`[::1]` in brackets), or `*.` and a name. No port.
Wrong check_host(std::string_view host);

/// Lower case, without the dot at the end.
std::string canonical_host(std::string host);

/// `HOST:PORT`, `[v6]:PORT`, `unix:PATH` or `netns:<64 hex digits>@<generation>:<port>`.
Wrong check_endpoint(std::string_view endpoint);

/// The path of a UNIX socket: `sockaddr_un` holds 107 bytes and an end.
Wrong check_socket_path(std::string_view path);

/// An address or a network: `10.0.0.0/8`, `::1`.
Wrong check_cidr(std::string_view text);

bool is_ip_address(std::string_view text);

/// `127.0.0.1:8080`, `[::]:8443`: where to listen. Port 0 lets the system choose.
Parsed<std::pair<std::string, std::uint16_t>> parse_listen_address(std::string_view text);

}  // namespace config
