#pragma once
// "Did you mean": the nearest of the words that would have been right.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace config {

/// How many letters must be added, removed, changed or swapped with their neighbour to make one word of the other.
/// Upper and lower case are the same here. Words beyond 64 bytes are infinitely far.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The nearest of `candidates`, when it is near enough to have been meant; else empty.
std::string_view suggest(std::string_view word, std::span<const std::string_view> candidates);

/// `; did you mean "nearest"?`, or nothing: to put behind a message.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace config
