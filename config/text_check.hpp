#pragma once
// The bytes of a text before anything reads it: UTF-8 without control characters.

#include <cstddef>
#include <istream>
#include <optional>
#include <streambuf>
#include <string>
#include <string_view>
#include <vector>

namespace config {

struct BadCharacter {
  std::size_t line = 0;    ///< counted from 1
  std::size_t column = 0;  ///< counted from 1, in bytes
  std::string message;
};

/// The first byte that does not belong in a text: no UTF-8 (RFC 3629), a control character but tab and line ends, or a CR
/// without LF.
std::optional<BadCharacter> find_bad_character(std::string_view text);

/// The characters of a UTF-8 text; nothing when it is none.
std::optional<std::vector<char32_t>> code_points(std::string_view text);

/// An input stream over memory that is not copied.
class MemoryStream : private std::streambuf, public std::istream {
 public:
  explicit MemoryStream(std::string_view text) : std::istream(static_cast<std::streambuf*>(this)) {
    auto* begin = const_cast<char*>(text.data());  // a streambuf never writes to its get area
    setg(begin, begin, begin + text.size());
  }
};

}  // namespace config
