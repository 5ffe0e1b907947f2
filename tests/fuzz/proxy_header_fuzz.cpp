// A PROXY header is decided within the bytes that are looked at, and what was decided on a part of it stays so.

#include <algorithm>
#include <cstdlib>
#include <span>

#include "gateway/net/proxy_header.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using Outcome = gw::net::ProxyHeaderParse::Outcome;
  const std::span input(reinterpret_cast<const char*>(data), std::min(size, gw::net::proxy_header_look));
  const auto whole = gw::net::parse_proxy_header(input);
  if (input.size() == gw::net::proxy_header_look && whole.outcome == Outcome::more) std::abort();
  for (std::size_t n = 0; n != input.size(); ++n) {
    const auto part = gw::net::parse_proxy_header(input.first(n));
    if (part.outcome == Outcome::more) continue;
    if (part.outcome != whole.outcome || part.size != whole.size || part.header.host != whole.header.host) std::abort();
    if (part.outcome == Outcome::done && part.header.port != whole.header.port) std::abort();
  }
  return 0;
}
