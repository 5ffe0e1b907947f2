#include "gateway/net/result.hpp"

#include <array>
#include <boost/asio/error.hpp>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace gw::net {
namespace {

struct Word {
  std::string_view name;
  std::string_view sentence;
};

// In the order of the enumeration; `words_match_codes` below holds the last entry against it.
constexpr std::array words{
    Word{"closed", "The peer ended the connection."},
    Word{"truncated", "The connection ended inside a message."},
    Word{"reset", "The connection broke."},
    Word{"refused", "Nothing listens there."},
    Word{"unreachable", "There is no way to that address."},
    Word{"connect_timeout", "The connection was not accepted in time."},
    Word{"header_timeout", "The head of the message did not arrive in time."},
    Word{"first_byte_timeout", "The answer did not begin in time."},
    Word{"idle_timeout", "Nothing moved for too long."},
    Word{"tls", "The TLS connection failed."},
    Word{"dialer", "The container cannot be reached."},
    Word{"cancelled", "The exchange was given up."},
    Word{"bad_start_line", "The first line is malformed."},
    Word{"bad_version", "The HTTP version is malformed."},
    Word{"unsupported_version", "This HTTP version is not spoken here."},
    Word{"bad_method", "The method is malformed."},
    Word{"method_not_allowed", "This method is not allowed."},
    Word{"bad_target", "The request target is malformed."},
    Word{"bad_path", "The path is malformed or ambiguous."},
    Word{"target_too_long", "The request target is too long."},
    Word{"bad_line_end", "A line does not end in CR LF."},
    Word{"bad_field_name", "A field name is malformed."},
    Word{"bad_field_value", "A field value holds a control character."},
    Word{"folded_field", "A field is folded over several lines."},
    Word{"fields_too_large", "The header fields are too large or too many."},
    Word{"bad_host", "Host is missing, repeated or malformed."},
    Word{"host_mismatch", "Host and the request target name different hosts."},
    Word{"bad_content_length", "Content-Length is malformed or repeated."},
    Word{"length_and_chunked", "Content-Length and Transfer-Encoding exclude each other."},
    Word{"bad_transfer_encoding", "Transfer-Encoding is malformed."},
    Word{"unknown_transfer_coding", "This transfer coding is not supported."},
    Word{"bad_chunk", "A chunk is malformed."},
    Word{"bad_trailer", "The trailer fields are malformed or too large."},
    Word{"bad_connection_option", "Connection names a field that must arrive."},
    Word{"bad_expectation", "Only the expectation 100-continue is supported."},
    Word{"bad_upgrade", "The upgrade is malformed."},
    Word{"tls_on_plain_port", "This port speaks plain HTTP; TLS was sent."},
    Word{"http2_not_spoken", "This port speaks HTTP/1 only."},
    Word{"unknown_protocol", "Only WebSocket can be asked for with an extended CONNECT."},
    Word{"bad_frame", "The rules of HTTP/2 were broken."},
    Word{"bad_interim", "An interim response is malformed or was not asked for."},
    Word{"body_too_large", "The request body is larger than allowed."},
    Word{"no_route", "Nothing is served under this name and path."},
    Word{"not_routed_port", "This port is not exposed."},
    Word{"no_endpoint", "No endpoint can take the request."},
    Word{"waking", "The Space is starting."},
    Word{"sleeping", "The Space is asleep."},
    Word{"space_failed", "The Space is in error."},
    Word{"saturated", "Too many requests are waiting already."},
    Word{"shutting_down", "The gateway is shutting down."},
    Word{"loop", "The request came back to this gateway too often."},
    Word{"internal", "Something went wrong inside the gateway."},
};

constexpr bool words_match_codes = words.size() == static_cast<std::size_t>(Code::internal) + 1 &&
                                   words[static_cast<std::size_t>(Code::cancelled)].name == "cancelled" &&
                                   words[static_cast<std::size_t>(Code::bad_interim)].name == "bad_interim";
static_assert(words_match_codes);

}  // namespace

std::string_view name(Code code) noexcept { return words[static_cast<std::size_t>(code)].name; }

std::string_view explain(Code code) noexcept { return words[static_cast<std::size_t>(code)].sentence; }

Failure to_failure(const boost::system::error_code& error, Side side) noexcept {
  namespace ae = boost::asio::error;
  if (error == ae::eof) return {Code::closed, side, Retry::if_reused};
  switch (error.value()) {
    case ECONNRESET:
    case EPIPE:
    case ECONNABORTED:
      return {Code::reset, side, Retry::if_reused};
    case ECONNREFUSED:
      return {Code::refused, side, Retry::always};
    case ENOENT:
    case EACCES:
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EADDRNOTAVAIL:
      return {Code::unreachable, side, Retry::always};
    case ETIMEDOUT:
      return {Code::connect_timeout, side, Retry::always};
    case ECANCELED:
    case EBADF:
      return {Code::cancelled, Side::gateway, Retry::never};
    default:
      return {Code::reset, side, Retry::if_reused};
  }
}

void throw_exception_from_error(const Failure& failure, const boost::source_location& where) {
  // Nothing is thrown on the data plane; a value taken from a failure is a bug that must not go on.
  std::fprintf(stderr, "%s:%u: the value of a failed result was used: %s\n", where.file_name(),
               static_cast<unsigned>(where.line()), std::string(name(failure.code)).c_str());
  std::abort();
}

}  // namespace gw::net
