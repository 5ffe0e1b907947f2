// Any bytes as an answer, head by head and then the body.

#include <string_view>

#include "gateway/http/h1/body_decoder.hpp"
#include "gateway/http/h1/response_parser.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace gw::http;
  std::string_view text{reinterpret_cast<const char*>(data), size};
  h1::ResponseParser parser;
  parser.expect_answer_to({});
  ResponseHead head;
  do {
    const auto parsed = parser.parse(text, head);
    if (!parsed || *parsed == 0) return 0;
    text.remove_prefix(*parsed);
  } while (head.interim());
  h1::BodyDecoder decoder;
  decoder.start(parser.framing(), head.body.length, gw::net::Side::upstream);
  while (!decoder.done() && !text.empty()) {
    const auto piece = decoder.decode(text);
    if (!piece) return 0;
    text.remove_prefix(piece->consumed);
  }
  return 0;
}
