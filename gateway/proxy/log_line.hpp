#pragma once
// Writes one line of JSON into memory that is large enough. Every request pays for its line, so nothing here asks whether there is
// room, and text is looked at eight bytes at a time.

#include <algorithm>
#include <bit>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace gw::proxy {

class LogLine {
 public:
  /// What a byte of text becomes at most: `\u00ff`.
  static constexpr std::size_t longest_escape = 6;

  static_assert(std::endian::native == std::endian::little, "the first of eight bytes is the lowest");

  explicit LogLine(char* at) noexcept : at_(at) {}
  char* end() const noexcept { return at_; }

  /// Text that is JSON already.
  template <std::size_t Size>
  void literal(const char (&text)[Size]) noexcept {
    std::memcpy(at_, text, Size - 1);
    at_ += Size - 1;
  }
  void plain(std::string_view text) noexcept { at_ = std::copy(text.begin(), text.end(), at_); }

  void number(std::uint64_t value) noexcept { at_ = std::to_chars(at_, at_ + 20, value).ptr; }

  /// Milliseconds with three decimals: `1.250`.
  void milliseconds(std::chrono::microseconds span) noexcept {
    const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(0, span.count()));
    number(us / 1000);
    *at_++ = '.';
    thousandths(static_cast<unsigned>(us % 1000));
  }
  /// Three digits.
  void thousandths(unsigned value) noexcept {
    *at_++ = static_cast<char>('0' + value / 100);
    *at_++ = static_cast<char>('0' + value / 10 % 10);
    *at_++ = static_cast<char>('0' + value % 10);
  }

  /// Bytes of anybody inside quotes: what is not ASCII is written as the character of its value, so that the line is always valid
  /// JSON.
  void bytes(std::string_view text) noexcept {
    const char* from = text.data();
    std::size_t left = text.size();
    for (; left >= 8; left -= 8, from += 8) {
      std::uint64_t eight;
      std::memcpy(&eight, from, 8);
      eight_bytes(eight, from, 8);
    }
    if (left == 0) return;
    // The rest as the beginning of eight, filled up with spaces that the next text overwrites.
    std::uint64_t rest = 0;
    if (text.size() >= 8) {
      std::memcpy(&rest, from + left - 8, 8);
      rest >>= 8 * (8 - left);
    } else {
      for (std::size_t i = left; i != 0; --i) rest = rest << 8 | static_cast<unsigned char>(from[i - 1]);
    }
    eight_bytes(rest | each(' ') << 8 * left, from, left);
  }

 private:
  static constexpr std::uint64_t each(std::uint8_t byte) noexcept { return 0x0101010101010101U * byte; }
  /// Is one of the bytes 0? (https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord)
  static constexpr bool has_zero(std::uint64_t eight) noexcept { return ((eight - each(1)) & ~eight & each(0x80)) != 0; }

  /// Does one of the bytes need an escape: a control character, a quote, a backslash, or what is not ASCII?
  static bool special(std::uint64_t eight) noexcept {
    const bool control = ((eight - each(0x20)) & ~eight & each(0x80)) != 0;
    const bool not_ascii = ((eight | (eight + each(1))) & each(0x80)) != 0;
    return control || not_ascii || has_zero(eight ^ each('"')) || has_zero(eight ^ each('\\'));
  }

  /// Writes the first `size` of eight bytes, which stand at `from`.
  void eight_bytes(std::uint64_t eight, const char* from, std::size_t size) noexcept {
    if (special(eight)) {
      for (std::size_t i = 0; i != size; ++i) byte(from[i]);
      return;
    }
    std::memcpy(at_, &eight, 8);
    at_ += size;
  }

  void byte(char c) noexcept {
    static constexpr char digits[] = "0123456789abcdef";
    const auto value = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      *at_++ = '\\';
      *at_++ = c;
    } else if (value < 0x20 || value >= 0x7F) {
      literal("\\u00");
      *at_++ = digits[value >> 4];
      *at_++ = digits[value & 15];
    } else {
      *at_++ = c;
    }
  }

  char* at_;
};

}  // namespace gw::proxy
