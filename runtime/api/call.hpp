#pragma once
// One request on its way through the API. Private to this folder.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/api/api.hpp"

namespace runtime::api {

struct Api::Call {
  Exchange& exchange;
  gw::http::RequestHead& request;
  std::vector<std::string> parts;  ///< of the path
  std::string body;
  std::string id;       ///< owner/name
  std::string action;   ///< what follows it; may be empty
  std::string allowed;  ///< methods of the path, when it was asked with another one (RFC 9110 §15.5.6)
};

/// The value of `key` in a query; `1` when it has none, empty when it is not there.
inline std::string query_value(std::string_view query, std::string_view key) {
  std::size_t at = query.starts_with('?') ? 1 : 0;
  while (at < query.size()) {
    const auto end = std::min(query.find('&', at), query.size());
    const std::string_view pair = query.substr(at, end - at);
    const auto equals = std::min(pair.find('='), pair.size());
    if (pair.substr(0, equals) == key) return equals == pair.size() ? "1" : std::string(pair.substr(equals + 1));
    at = end + 1;
  }
  return {};
}

}  // namespace runtime::api
