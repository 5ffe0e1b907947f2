#pragma once
// A head that comes byte by byte is the head that comes whole: what decides must not be where the network cuts.

#include <cstdlib>
#include <string_view>

#include "gateway/net/result.hpp"

namespace gw::fuzz {

/// Has a new parser read the head as its bytes come; `whole` is what another one made of all of them.
template <class Parser, class Head>
void check_byte_by_byte(Parser parser, std::string_view text, const net::Result<std::size_t>& whole, Head& head) {
  net::Result<std::size_t> taken = std::size_t{0};
  for (std::size_t size = 1; size <= text.size() && taken && *taken == 0; ++size)
    taken = parser.parse(text.substr(0, size), head);
  if (taken.has_value() != whole.has_value()) std::abort();
  if (whole && *taken != *whole) std::abort();
}

}  // namespace gw::fuzz
