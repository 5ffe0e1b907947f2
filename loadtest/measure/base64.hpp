#pragma once
// Base64 of RFC 4648 §4, with padding and without line ends.

#include <optional>
#include <string>
#include <string_view>

namespace loadtest::measure {

std::string to_base64(std::string_view bytes);

/// Nothing when it is malformed: another character, or a length that is no multiple of four.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace loadtest::measure
