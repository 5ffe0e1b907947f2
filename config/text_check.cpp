#include "config/text_check.hpp"

#include <cstdint>

namespace config {

Decoded decode_utf8(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at + i])); };
  const auto first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() - at < length) return {};
  std::uint32_t value = first & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {};
    value = (value << 6) | (byte(i) & 0x3FU);
  }
  const std::uint32_t least = length == 4 ? 0x10000 : length == 3 ? 0x800 : 0x80;
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < least || value > 0x10FFFF || surrogate) return {};
  return {value, length};
}

namespace {

bool is_control(char32_t c) {
  return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || (c >= 0x7F && c < 0xA0 && c != 0x85);
}

}  // namespace

std::optional<BadCharacter> find_bad_character(std::string_view text) {
  std::size_t line = 1;
  std::size_t line_start = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto character = decode_utf8(text, at);
    const auto column = at - line_start + 1;
    if (character.length == 0) return BadCharacter{line, column, "this is not UTF-8 text"};
    if (is_control(character.value)) return BadCharacter{line, column, "control characters are not allowed"};
    const bool ends_line = at + 1 < text.size() && text[at + 1] == '\n';
    if (character.value == '\r' && !ends_line) return BadCharacter{line, column, "a line must not end with CR alone"};
    at += character.length;
    if (character.value == '\n') {
      ++line;
      line_start = at;
    }
  }
  return std::nullopt;
}

std::string as_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto character = decode_utf8(text, at);
    out += character.length == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(at, character.length);
    at += character.length == 0 ? 1 : character.length;
  }
  return out;
}

std::optional<std::vector<char32_t>> code_points(std::string_view text) {
  std::vector<char32_t> out;
  for (std::size_t at = 0; at < text.size();) {
    const auto character = decode_utf8(text, at);
    if (character.length == 0) return std::nullopt;
    out.push_back(character.value);
    at += character.length;
  }
  return out;
}

}  // namespace config
