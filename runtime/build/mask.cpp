#include "runtime/build/mask.hpp"

#include <sodium.h>

#include <algorithm>

namespace runtime::build {

void Mask::add(std::string_view value) {
  constexpr std::size_t shortest = 4;
  while (!value.empty()) {
    const auto end = value.find_first_of("\r\n");
    const auto line = value.substr(0, end);
    if (line.size() >= shortest) values_.emplace_back(line);
    if (end == std::string_view::npos) break;
    value.remove_prefix(end + 1);
  }
  std::ranges::sort(values_, [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

std::string Mask::apply(std::string text) const {
  constexpr std::string_view stars = "***";
  for (const auto& value : values_)
    for (auto at = text.find(value); at != std::string::npos; at = text.find(value, at + stars.size()))
      text.replace(at, value.size(), stars);
  return text;
}

Mask::~Mask() {
  for (auto& value : values_) sodium_memzero(value.data(), value.size());
}

}  // namespace runtime::build
