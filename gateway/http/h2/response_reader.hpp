#pragma once
// Fields in, a response head out. Sans-I/O. Whatever an upstream sends that RFC 9113 or our bounds forbid ends its stream; the client
// is told 502.

#include <string>
#include <string_view>

#include "gateway/http/message.hpp"
#include "gateway/net/result.hpp"

namespace gw::http::h2 {

/// Bounds of an answer (rules 38 and 68), as for HTTP/1.
struct ResponseRules {
  std::size_t head_bytes = 64 << 10;
  std::size_t field_count = 200;
  unsigned interim_count = 8;
};

/// What the answers of one stream are read with.
struct ResponseExpectation {
  bool head_request = false;
  bool tunnel = false;  ///< a WebSocket was asked for
  std::string accept;   ///< the Sec-WebSocket-Accept that fits the client's key
  unsigned interims = 0;
};

/// Reads the response heads of one connection, one after another, and the trailers behind their bodies.
class ResponseReader {
 public:
  explicit ResponseReader(const ResponseRules& rules = {}) : rules_(rules) {}

  void begin(ResponseHead& head);
  /// Failures are the upstream's.
  net::Result<void> field(ResponseHead& head, std::string_view name, std::string_view value);
  /// All fields are there. `end`: no body follows.
  net::Result<void> finish(ResponseHead& head, ResponseExpectation& expected, bool end);

  void begin_trailers(Fields& trailers);
  net::Result<void> trailer(Fields& trailers, std::string_view name, std::string_view value);

 private:
  net::Result<void> count(std::string_view name, std::string_view value) noexcept;
  void finish_body(ResponseHead& head, const ResponseExpectation& expected, bool end);

  ResponseRules rules_;
  std::size_t bytes_ = 0;
  std::size_t fields_ = 0;
  std::uint64_t length_ = 0;
  bool length_stated_ = false;
};

}  // namespace gw::http::h2
