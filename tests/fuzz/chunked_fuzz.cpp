// A chunked body decodes to the same bytes, or fails, whether it comes whole or byte by byte.

#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/http/h1/body_decoder.hpp"

namespace {

std::string decoded(std::string_view text, std::size_t step) {
  gw::http::h1::BodyDecoder decoder;
  decoder.start(gw::http::h1::Framing::chunked, 0, gw::net::Side::client);
  std::string data;
  while (!decoder.done() && !text.empty()) {
    const auto piece = decoder.decode(text.substr(0, step));
    if (!piece) return "failed";
    data.append(piece->data.begin(), piece->data.end());
    text.remove_prefix(piece->consumed);
  }
  return data + (decoder.done() ? "|done" : "|more");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (decoded(text, std::string_view::npos) != decoded(text, 1)) std::abort();
  return 0;
}
