#include "config/problem.hpp"

#include <algorithm>

namespace config {

std::string Problem::text() const {
  std::string out = file;
  if (line != 0) out += ":" + std::to_string(line);
  if (line != 0 && column != 0) out += ":" + std::to_string(column);
  return out + (warning ? ": warning: " : ": ") + message;
}

bool has_errors(const Problems& problems) noexcept {
  return std::any_of(problems.begin(), problems.end(), [](const Problem& p) { return !p.warning; });
}

}  // namespace config
