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

/// A character with its length in bytes; length 0 when it is not UTF-8 (also overlong forms and surrogates).
struct Decoded {
  char32_t value = 0;
  std::size_t length = 0;
};
/// The character that begins at `at`, which is inside the text.
Decoded decode_utf8(std::string_view text, std::size_t at);

/// The first byte that does not belong in a text: no UTF-8 (RFC 3629), a control character but tab and line ends, or a CR
/// without LF.
std::optional<BadCharacter> find_bad_character(std::string_view text);

/// The text with U+FFFD in the place of every byte that is no UTF-8.
std::string as_utf8(std::string_view text);

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
