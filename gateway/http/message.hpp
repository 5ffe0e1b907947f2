#pragma once
// Heads of messages as every protocol version gives and takes them: normalised, without hop-by-hop fields, without
// framing fields (framing is `body`), with the authority out of the fields.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "gateway/http/fields.hpp"

namespace gw::http {

/// How much body follows a head.
struct BodySize {
  enum class Kind : std::uint8_t {
    none,     ///< there is no body
    length,   ///< exactly `length` bytes; 0 is a body that is stated to be empty
    unknown,  ///< until the sender says so: chunked, END_STREAM or, in a response, the end of the connection
  };
  Kind kind = Kind::none;
  std::uint64_t length = 0;

  static BodySize none() noexcept { return {}; }
  static BodySize of(std::uint64_t length) noexcept { return {Kind::length, length}; }
  static BodySize unknown() noexcept { return {Kind::unknown, 0}; }
  /// Will body bytes follow?
  bool expected() const noexcept { return kind == Kind::unknown || (kind == Kind::length && length != 0); }
  friend bool operator==(const BodySize&, const BodySize&) = default;
};

/// Does the exchange turn into a stream of bytes in both directions?
enum class Tunnel : std::uint8_t {
  none,
  connect,  ///< CONNECT: bytes to an authority
  websocket,  ///< RFC 6455 over h1, RFC 8441 over h2. Heads are as RFC 6455 has them: GET with a Sec-WebSocket-Key, 101 with its proof
  upgrade,  ///< another Upgrade token, in `RequestHead::protocol`; only our own calls to the engine use it
};

/// What the other end of a connection speaks.
enum class Version : std::uint8_t { http_1_0, http_1_1, http_2 };

/// As logs have it: `http/1.1`, `http/2`.
std::string_view name(Version) noexcept;
/// As Via has it: `1.1`, `2.0` (RFC 9110 §7.6.3).
std::string_view number(Version) noexcept;

struct RequestHead {
  std::string method;
  std::string authority;  ///< host[:port], lower case, without a trailing dot; empty only for HTTP/1.0 without Host
  std::string path;       ///< normalised (`normalise_path`), begins with `/`; `*` for OPTIONS *
  std::string query;      ///< with its `?`, as received; empty when there was none
  Fields fields;          ///< without Host, hop-by-hop and framing fields
  BodySize body;
  Tunnel tunnel = Tunnel::none;
  std::string protocol;           ///< the Upgrade token of a tunnel
  bool expects_continue = false;  ///< `Expect: 100-continue`; the field itself is not in `fields`
  bool trailers_welcome = false;  ///< `TE: trailers`; the field itself is not in `fields`
  Version version = Version::http_1_1;

  /// No chunked and no interim responses for such a client.
  bool http_1_0() const noexcept { return version == Version::http_1_0; }

  void clear() noexcept;
};

struct ResponseHead {
  std::uint16_t status = 0;
  Fields fields;  ///< without hop-by-hop and framing fields
  BodySize body;
  Tunnel tunnel = Tunnel::none;  ///< a 101, or a 2xx to an extended CONNECT: both bodies are the tunnel now
  std::string protocol;          ///< the Upgrade token of a 101
  /// For answers without a body (HEAD, 304): the Content-Length that the sender stated for the representation.
  std::uint64_t stated_length = 0;
  bool length_stated = false;

  bool interim() const noexcept { return status >= 100 && status < 200 && tunnel == Tunnel::none; }
  void clear() noexcept;
};

/// A piece of a body. `last` ends the body; only then may `trailers` be set.
struct Chunk {
  std::span<const char> data;
  bool last = false;
  const Fields* trailers = nullptr;
};

}  // namespace gw::http
