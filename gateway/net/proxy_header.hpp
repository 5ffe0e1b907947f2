#pragma once
// The PROXY protocol, versions 1 and 2: what a proxy that passes bytes on says in front of them (haproxy's proxy-protocol.txt).
// Sans-I/O.

#include <cstdint>
#include <span>
#include <string>

namespace gw::net {

struct ProxyHeader {
  /// Whose connection it is.
  enum class From : std::uint8_t {
    client,   ///< of `host` and `port`
    unknown,  ///< of a client whose address the proxy does not know, or cannot write here (a UNIX socket)
    proxy,    ///< the proxy's own: a health check
  };
  From from = From::unknown;
  std::string host;  ///< an IP address as text
  std::uint16_t port = 0;
};

struct ProxyHeaderParse {
  enum class Outcome : std::uint8_t {
    more,  ///< it may become one: ask again when more has come
    done,  ///< `header` is it, and it is `size` bytes long, of which the last ones may still be on their way
    bad,   ///< it is none
  };
  Outcome outcome = Outcome::bad;
  std::size_t size = 0;
  ProxyHeader header;
};

/// With this many bytes of input the outcome is never `more`.
inline constexpr std::size_t proxy_header_look = 16 + 216;

/// Reads a header at the beginning of `input`.
ProxyHeaderParse parse_proxy_header(std::span<const char> input);

}  // namespace gw::net
