#pragma once
// What we accept from an upstream must be no news to a strict reader of HTTP/1 when we write it.

#include <cstdlib>
#include <string>

#include "gateway/http/h1/body_decoder.hpp"
#include "gateway/http/h1/response_parser.hpp"
#include "gateway/http/h1/serializer.hpp"

namespace gw::fuzz {

inline void require(bool holds) {
  if (!holds) std::abort();
}

/// Writes the head and reads it back: the same, and written the same again.
inline void check(const http::RequestHead& request, const http::ResponseHead& head) {
  const bool head_request = request.method == "HEAD";
  std::string once;
  http::h1::append_response(once, head, {.head_request = head_request});
  http::h1::ResponseParser parser{{.head_bytes = 256 << 10, .field_count = 500}};
  parser.expect_answer_to(request);
  http::ResponseHead again;
  const auto parsed = parser.parse(once, again);
  require(parsed && *parsed == once.size());
  require(again.status == head.status && again.interim() == head.interim() && again.tunnel == head.tunnel);
  std::string twice;
  http::h1::append_response(twice, again, {.head_request = head_request});
  require(once == twice);
}

inline void check_trailers(const http::Fields& trailers) {
  std::string text;
  http::h1::append_last_chunk(text, &trailers);
  // More than that HTTP/1 does not take from anybody; HTTP/2 does (rules 9 and 68).
  if (trailers.size() > 32 || text.size() > 8 << 10) return;
  http::h1::BodyDecoder decoder;
  decoder.start(http::h1::Framing::chunked, 0, net::Side::upstream);
  const auto piece = decoder.decode(text);
  require(piece && piece->last && piece->consumed == text.size());
  require(decoder.trailers() != nullptr && decoder.trailers()->size() == trailers.size());
}

}  // namespace gw::fuzz
