// Any bytes: no crash, the same however they are cut, and what is accepted is written as something that reads back as the same request.

#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/http/h1/request_parser.hpp"
#include "gateway/http/h1/serializer.hpp"
#include "tests/fuzz/byte_by_byte.hpp"

namespace {

using namespace gw;
using namespace gw::http;

std::string written(const RequestHead& head) {
  std::string text;
  h1::append_request(text, head);
  return text;
}

void check_cuts(const h1::RequestRules& rules, std::string_view text) {
  RequestHead head;
  const auto whole = h1::RequestParser(rules).parse(text, head);
  RequestHead in_bytes;
  fuzz::check_byte_by_byte(h1::RequestParser(rules), text, whole, in_bytes);
  if (whole && *whole != 0 && written(head) != written(in_bytes)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  check_cuts({}, text);
  // Bounds that are within reach.
  check_cuts({.target_bytes = 16, .line_bytes = 24, .head_bytes = 60, .field_count = 4}, text);

  RequestHead head;
  const auto parsed = h1::RequestParser().parse(text, head);
  if (!parsed || *parsed == 0 || head.authority.empty()) return 0;
  const auto once = written(head);
  h1::RequestParser second_parser{
      {.target_bytes = 64 << 10, .line_bytes = 64 << 10, .head_bytes = 128 << 10, .field_count = 200}};
  RequestHead second;
  const auto again = second_parser.parse(once, second);
  if (!again || *again != once.size()) std::abort();
  if (once != written(second)) std::abort();
  return 0;
}
