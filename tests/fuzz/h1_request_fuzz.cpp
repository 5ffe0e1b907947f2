// Any bytes: no crash, and what is accepted is written as something that reads back as the same request.

#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/http/h1/request_parser.hpp"
#include "gateway/http/h1/serializer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace gw::http;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  h1::RequestParser parser;
  RequestHead head;
  const auto parsed = parser.parse(text, head);
  if (!parsed || *parsed == 0 || head.authority.empty()) return 0;
  std::string once;
  h1::append_request(once, head);

  h1::RequestParser second_parser{
      {.target_bytes = 64 << 10, .line_bytes = 64 << 10, .head_bytes = 128 << 10, .field_count = 200}};
  RequestHead second;
  const auto again = second_parser.parse(once, second);
  if (!again || *again != once.size()) std::abort();
  std::string twice;
  h1::append_request(twice, second);
  if (once != twice) std::abort();
  return 0;
}
