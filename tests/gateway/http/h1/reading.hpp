#pragma once
// Reads whole messages out of one string, for tests that are about what a message means.

#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "gateway/http/h1/body_decoder.hpp"
#include "gateway/http/h1/request_parser.hpp"
#include "gateway/http/h1/response_parser.hpp"

namespace gw::net {

inline void PrintTo(Code code, std::ostream* out) { *out << name(code); }

}  // namespace gw::net

namespace gw::http::h1 {

/// What became of a text: a head, a refusal, or neither yet.
struct ReadRequest {
  std::size_t consumed = 0;
  std::optional<net::Code> refused;
  RequestHead head;
  bool keep_alive = false;
};

inline ReadRequest read_request(std::string_view text, const RequestRules& rules = {}) {
  ReadRequest read;
  RequestParser parser{rules};
  const auto parsed = parser.parse(text, read.head);
  if (parsed) {
    read.consumed = *parsed;
  } else {
    read.refused = parsed.error().code;
  }
  read.keep_alive = parser.keep_alive();
  return read;
}

/// A GET with a Host and these further field lines, each with its CRLF.
inline std::string get(std::string_view lines, std::string_view target = "/") {
  return "GET " + std::string{target} + " HTTP/1.1\r\nHost: a.test\r\n" + std::string{lines} + "\r\n";
}
inline std::string post(std::string_view lines) { return "POST / HTTP/1.1\r\nHost: a.test\r\n" + std::string{lines} + "\r\n"; }

/// The code that the text is refused with, `internal` when it is not.
inline net::Code refusal(std::string_view text, const RequestRules& rules = {}) {
  return read_request(text, rules).refused.value_or(net::Code::internal);
}

struct ReadResponse {
  std::size_t consumed = 0;
  std::optional<net::Code> refused;
  ResponseHead head;
  Framing framing = Framing::none;
  bool keep_alive = false;
};

inline ReadResponse read_response(std::string_view text, const RequestHead& request = {}) {
  ReadResponse read;
  ResponseParser parser;
  parser.expect_answer_to(request);
  const auto parsed = parser.parse(text, read.head);
  if (parsed) {
    read.consumed = *parsed;
  } else {
    read.refused = parsed.error().code;
  }
  read.framing = parser.framing();
  read.keep_alive = parser.keep_alive();
  return read;
}

inline net::Code response_refusal(std::string_view text, const RequestHead& request = {}) {
  return read_response(text, request).refused.value_or(net::Code::internal);
}

/// A body decoded from one string.
struct ReadBody {
  std::string data;
  std::size_t consumed = 0;
  std::optional<net::Code> refused;
  bool complete = false;
};

inline ReadBody read_body(BodyDecoder& decoder, std::string_view text) {
  ReadBody read;
  while (!read.complete) {
    const auto piece = decoder.decode(std::span{text}.subspan(read.consumed));
    if (!piece) {
      read.refused = piece.error().code;
      return read;
    }
    read.data.append(piece->data.begin(), piece->data.end());
    read.consumed += piece->consumed;
    read.complete = piece->last;
    if (piece->consumed == 0) break;
  }
  return read;
}

inline ReadBody read_chunked(std::string_view text) {
  BodyDecoder decoder;
  decoder.start(Framing::chunked, 0, net::Side::client);
  return read_body(decoder, text);
}

}  // namespace gw::http::h1
