#pragma once
// Which request goes where. Private to this folder.

#include <string>
#include <string_view>
#include <vector>

#include "runtime/api/call.hpp"

namespace runtime::api {

struct Api::Route {
  std::string_view method;
  std::string_view path;  ///< `*` is any one part
  gw::net::Task<> (Api::*handler)(Call&);
  bool takes_pieces = false;  ///< reads the body itself, which may be as long as it likes
};

/// What is said to a request.
struct Api::Found {
  const Route* route = nullptr;
  std::vector<std::string_view> allowed;  ///< methods that the path has; none: there is no such path
};

}  // namespace runtime::api
