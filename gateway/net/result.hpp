#pragma once
// What an operation that can fail returns: a value, or a Failure that says what went wrong, whose fault it was and
// whether trying again is safe. Trivially copyable, so that nothing on the data plane allocates to report an error.

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <cstdint>
#include <string_view>

namespace gw::net {

/// What went wrong. `name()` gives the stable word that logs, `X-Gateway-Error` and metrics carry.
enum class Code : std::uint8_t {
  // The transport.
  closed,              ///< the peer ended the stream between messages: no message was lost
  truncated,           ///< the peer ended the stream inside a message
  reset,               ///< the peer reset the connection, or it broke
  refused,             ///< nobody listens at the endpoint
  unreachable,         ///< no way to the endpoint: host, network, path or name does not exist
  connect_timeout,     ///< the endpoint did not accept in time
  header_timeout,      ///< the head of a message did not arrive in time
  first_byte_timeout,  ///< the upstream did not begin its answer in time
  idle_timeout,        ///< a body or tunnel made no progress in time
  tls,                 ///< the TLS handshake or record layer failed
  dialer,              ///< the dialer gave no socket for a container endpoint
  cancelled,           ///< we gave up on purpose: shutdown, or the other side of the exchange is gone

  // A malformed or refused HTTP message; `side` tells whose. In a request each has its own status.
  bad_start_line,           ///< request line or status line (400)
  bad_version,              ///< not HTTP/1.0 or HTTP/1.1 (400), see `unsupported_version`
  unsupported_version,      ///< another major version (505)
  bad_method,               ///< not a token of at most 32 bytes (400)
  method_not_allowed,       ///< TRACE, or CONNECT outside an extended CONNECT (405)
  bad_target,               ///< request target or its characters (400)
  bad_path,                 ///< escapes, dot segments above the root, ambiguous path (400)
  target_too_long,          ///< (414)
  bad_line_end,             ///< bare LF, bare CR (400)
  bad_field_name,           ///< empty, not a token, white space before the colon (400)
  bad_field_value,          ///< NUL or another control character (400)
  folded_field,             ///< obs-fold (400)
  fields_too_large,         ///< a line, their sum or their number (431)
  bad_host,                 ///< missing, repeated or malformed (400)
  host_mismatch,            ///< the authority of the target and Host differ (400)
  bad_content_length,       ///< not digits, a list, repeated, too large (400)
  length_and_chunked,       ///< Content-Length beside Transfer-Encoding (400)
  bad_transfer_encoding,    ///< chunked not alone, not last, repeated, or in HTTP/1.0 (400)
  unknown_transfer_coding,  ///< a coding other than chunked (501)
  bad_chunk,                ///< chunk size, chunk line or its end (400)
  bad_trailer,              ///< trailer fields break the field rules or their limits (400)
  bad_connection_option,    ///< Connection names a field that must not be stripped (400)
  bad_expectation,          ///< Expect is not 100-continue (417)
  bad_upgrade,              ///< an upgrade with a body, or an answer to one that does not fit (400 / 502)
  tls_on_plain_port,        ///< a TLS hello where plain HTTP is spoken (400)
  http2_not_spoken,         ///< an HTTP/2 preface where only HTTP/1 is spoken (505)
  unknown_protocol,         ///< an extended CONNECT for something other than a WebSocket (501)
  bad_frame,                ///< HTTP/2 that breaks its rules (502; a client is told with GOAWAY)
  bad_interim,              ///< a 1xx with a body, too many of them, an unasked 101 (502)

  // Decisions of the gateway.
  body_too_large,   ///< over the route's limit (413)
  no_route,         ///< no route matches (404)
  not_routed_port,  ///< the path leads to a port that is not exposed (404)
  no_endpoint,      ///< no healthy endpoint (503)
  waking,           ///< the Space is being started (503)
  sleeping,         ///< the Space sleeps and nobody can wake it (503)
  space_failed,     ///< the Space is in an error stage (503)
  saturated,        ///< the queue of the Space is full (503)
  shutting_down,    ///< the gateway drains (503)
  loop,             ///< our own Via came back three times (508)
  internal,         ///< a bug of ours (500)
};

/// Whose doing the failure was.
enum class Side : std::uint8_t { gateway, client, upstream };

/// May the same request be tried again on another connection?
enum class Retry : std::uint8_t {
  never,      ///< bytes of the request may have had an effect
  if_reused,  ///< only when the connection came from the pool and nothing of an answer was seen
  always,     ///< the request never left us
};

struct Failure {
  Code code = Code::internal;
  Side side = Side::gateway;
  Retry retry = Retry::never;

  friend bool operator==(const Failure&, const Failure&) = default;
};

template <class T = void>
using Result = boost::system::result<T, Failure>;

/// The stable word for a code, as in logs and `X-Gateway-Error`: `connect_timeout`.
std::string_view name(Code) noexcept;

/// One sentence for people.
std::string_view explain(Code) noexcept;

/// The one place where a system error becomes a Failure.
Failure to_failure(const boost::system::error_code&, Side) noexcept;

/// Called by Result::value() on a failure that nobody looked at: a bug of ours.
[[noreturn]] void throw_exception_from_error(const Failure&, const boost::source_location&);

}  // namespace gw::net
