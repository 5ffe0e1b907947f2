#pragma once
// Fields in, a request head out. Sans-I/O. What RFC 9113 calls malformed is told apart from what only we refuse: the first resets its
// stream, the second is answered like any other bad request.

#include <optional>
#include <string>
#include <string_view>

#include "gateway/http/message.hpp"
#include "gateway/net/result.hpp"

namespace gw::http::h2 {

/// Bounds and choices of a listener (rules 19, 55, 63, 64).
struct RequestRules {
  std::size_t target_bytes = 8 << 10;  ///< longer: target_too_long
  std::size_t line_bytes = 8 << 10;    ///< of one field's value; longer: fields_too_large
  std::size_t head_bytes = 64 << 10;  ///< of all fields, each with the 32 bytes more of RFC 9113 §6.5.2; more: fields_too_large
  std::size_t field_count = 100;      ///< more: fields_too_large
  std::size_t crumb_count = 256;      ///< pieces of Cookie, which count apart: browsers send one field a cookie
  std::size_t crumb_bytes = 16 << 10;
  UnsafeNames unsafe_names = UnsafeNames::drop;
  bool tls = false;  ///< which scheme is right
};

/// Reads the request heads of one connection, one after another, and the trailers behind their bodies. Everything is counted while it is
/// decoded and nothing is kept beyond the bounds: one byte on the wire may be a whole field.
class RequestReader {
 public:
  enum class Verdict : std::uint8_t {
    fine,
    malformed,  ///< a stream error PROTOCOL_ERROR (RFC 9113 §8.1.1)
    excessive,  ///< a stream error ENHANCE_YOUR_CALM: so far beyond the bounds that nobody looks at the rest
  };

  explicit RequestReader(const RequestRules& rules = {}) : rules_(rules) {}

  /// A head begins; the same `head` goes into every call for it.
  void begin(RequestHead& head);
  Verdict field(RequestHead& head, std::string_view name, std::string_view value);
  /// All fields are there. `end`: no body follows.
  Verdict finish(RequestHead& head, bool end);
  /// Why the request is to be refused, with an answer; nothing: it is not.
  const std::optional<net::Code>& refused() const noexcept { return refused_; }

  void begin_trailers(Fields& trailers);
  /// Keeps what may be passed on (rule 9). Too much: malformed.
  Verdict trailer(Fields& trailers, std::string_view name, std::string_view value);

 private:
  struct Seen {
    bool regular = false;  ///< a field that is no pseudo-header
    bool path = false;
    bool scheme = false;
    bool authority = false;
    bool host = false;
    bool content_length = false;
    bool expect = false;
    std::uint64_t length = 0;
  };

  void refuse(net::Code code) noexcept;
  bool within_bounds(std::string_view name, std::string_view value) noexcept;
  Verdict pseudo(RequestHead& head, std::string_view name, std::string_view value);
  Verdict path(RequestHead& head, std::string_view value);
  Verdict regular(RequestHead& head, std::string_view name, std::string_view value);
  Verdict known(RequestHead& head, const Fields::Field& field);
  void crumb(std::string_view value);
  void finish_authority(RequestHead& head);
  void finish_tunnel(RequestHead& head);

  RequestRules rules_;
  Seen seen_;
  std::optional<net::Code> refused_;
  std::string host_;     ///< normalised
  std::string cookies_;  ///< the crumbs so far, joined
  std::size_t bytes_ = 0;
  std::size_t decoded_ = 0;  ///< bytes of all fields, counted or not
  std::size_t fields_ = 0;
  std::size_t crumbs_ = 0;
};

}  // namespace gw::http::h2
