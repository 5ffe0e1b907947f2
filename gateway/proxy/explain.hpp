#pragma once
// Why a request goes where it goes, in words: for `explain` and for people who ask why they got a 404.

#include <string>
#include <string_view>

#include "gateway/proxy/snapshot.hpp"

namespace gw::proxy {

struct Explanation {
  bool routed = false;
  std::string text;  ///< lines, ending with a new line
};

/// `url` is `http(s)://host[:port]/path?query`, or without scheme. Never throws on bad input: says what is wrong with it.
Explanation explain(const Snapshot& snapshot, std::string_view method, std::string_view url);

}  // namespace gw::proxy
