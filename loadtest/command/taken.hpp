#pragma once
// The value of a flag that a parser has read.

#include <fmt/format.h>

#include <string_view>

#include "config/units.hpp"
#include "loadtest/command/mistake.hpp"

namespace loadtest::command {

/// The value, or a Mistake that begins with the flag and what was given to it.
template <class T>
T take(std::string_view flag, std::string_view text, const config::Parsed<T>& parsed) {
  if (!parsed) throw Mistake(fmt::format("{} {}: {}", flag, text, parsed.message));
  return *parsed.value;
}

}  // namespace loadtest::command
