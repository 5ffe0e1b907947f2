#pragma once
// Problems as lines of text, so that a test says exactly what a person reads.

#include <string>
#include <vector>

#include "config/problem.hpp"

namespace config_test {

inline std::vector<std::string> texts(const config::Problems& problems) {
  std::vector<std::string> out;
  for (const auto& problem : problems) out.push_back(problem.text());
  return out;
}

}  // namespace config_test
