// Any bytes as an answer, head by head and then the body: whatever was asked, what is accepted may be written again,
// and cuts make no difference.

#include <string_view>

#include "gateway/http/h1/body_decoder.hpp"
#include "gateway/http/h1/response_parser.hpp"
#include "tests/fuzz/byte_by_byte.hpp"
#include "tests/fuzz/strict.hpp"

namespace {

using namespace gw;

void read_body(const http::h1::ResponseParser& parser, const http::ResponseHead& head, std::string_view text) {
  http::h1::BodyDecoder decoder;
  decoder.start(parser.framing(), head.body.length, net::Side::upstream, parser.nominated());
  std::uint64_t size = 0;
  while (!decoder.done() && !text.empty()) {
    const auto piece = decoder.decode(text);
    if (!piece) return;
    fuzz::require(piece->consumed <= text.size() && piece->data.size() <= piece->consumed);
    fuzz::require(piece->last == decoder.done());
    size += piece->data.size();
    text.remove_prefix(piece->consumed);
  }
  if (!decoder.done()) return;
  fuzz::require(head.body.kind != http::BodySize::Kind::length || size == head.body.length);
  if (decoder.trailers() != nullptr) fuzz::check_trailers(*decoder.trailers());
}

void check_cuts(const http::h1::ResponseRules& rules, const http::RequestHead& request, std::string_view text) {
  const auto parser = [&] {
    http::h1::ResponseParser made(rules);
    made.expect_answer_to(request);
    return made;
  };
  http::ResponseHead head;
  const auto whole = parser().parse(text, head);
  http::ResponseHead in_bytes;
  fuzz::check_byte_by_byte(parser(), text, whole, in_bytes);
  fuzz::require(!whole || *whole == 0 || (head.status == in_bytes.status && head.fields.size() == in_bytes.fields.size()));
}

void read(const http::RequestHead& request, std::string_view text) {
  http::h1::ResponseParser parser;
  parser.expect_answer_to(request);
  http::ResponseHead head;
  unsigned heads = 0;
  do {
    fuzz::require(heads++ <= http::h1::ResponseRules{}.interim_count);
    const auto parsed = parser.parse(text, head);
    if (!parsed || *parsed == 0) return;
    fuzz::check(request, head);
    text.remove_prefix(*parsed);
  } while (head.interim());
  read_body(parser, head, text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  http::RequestHead request;
  request.method = "GET";
  read(request, text);
  check_cuts({}, request, text);
  // Bounds that are within reach.
  check_cuts({.head_bytes = 60, .field_count = 4}, request, text);
  request.method = "HEAD";
  read(request, text);
  request.method = "GET";
  request.tunnel = http::Tunnel::websocket;
  request.fields.add(http::Name::sec_websocket_key, "dGhlIHNhbXBsZSBub25jZQ==");
  read(request, text);
  return 0;
}
