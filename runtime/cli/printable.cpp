#include "runtime/cli/printable.hpp"

#include <locale.h>
#include <wchar.h>

#include <algorithm>

#include "config/text_check.hpp"

namespace runtime::cli {
namespace {

// wcwidth(3) asks the locale; this one is part of the C library and does not depend on what is installed.
int width_of(char32_t code) {
  static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  // U+FE0F makes the character before it an emoji, which some terminals draw twice as wide.
  if (code == 0xfe0f) return 1;
  if (code == 0) return -1;  // wcwidth(3) says 0, as of a combining mark
  if (utf8 == nullptr) return code < 0x80 ? 1 : 2;
  const locale_t before = ::uselocale(utf8);
  const int width = ::wcwidth(static_cast<wchar_t>(code));
  ::uselocale(before);
  return width;
}

bool turns_direction(char32_t code) {
  return (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code == 0x200e || code == 0x200f ||
         code == 0x061c;
}

// How many bytes the escape sequence at the start of `text` has (ECMA-48: CSI, and the strings that OSC and its like begin).
std::size_t escape_size(std::string_view text) {
  if (text.size() < 2) return text.size();
  if (text[1] == '[') {
    std::size_t end = 2;
    while (end < text.size() && text[end] >= 0x20 && text[end] < 0x40) ++end;
    return std::min(end + 1, text.size());
  }
  if (std::string_view("]PX^_").find(text[1]) != std::string_view::npos) {
    const auto end = text.find_first_of("\a\x1b", 2);
    if (end == std::string_view::npos) return text.size();
    return text[end] == '\a' ? end + 1 : std::min(end + 2, text.size());
  }
  return 2;
}

// Calls `visit(end, width)` for each character until it answers false.
template <class Visit>
void each_character(std::string_view text, const Visit& visit) {
  for (std::size_t at = 0; at < text.size();) {
    const auto [code, length] = config::decode_utf8(text, at);
    at += std::max<std::size_t>(length, 1);
    if (!visit(at, static_cast<std::size_t>(length == 0 ? 1 : std::max(width_of(code), 0)))) return;
  }
}

}  // namespace

std::string printable(std::string_view text) {
  while (text.ends_with('\r') || text.ends_with('\n')) text.remove_suffix(1);
  if (const auto over = text.rfind('\r'); over != text.npos) text.remove_prefix(over + 1);
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\x1b') {
      at += escape_size(text.substr(at));
      continue;
    }
    const auto [code, length] = config::decode_utf8(text, at);
    if (length == 0)
      out += '?';
    else if (code == '\t')
      out += ' ';
    else if (width_of(code) >= 0 && !turns_direction(code))
      out += text.substr(at, length);
    at += std::max<std::size_t>(length, 1);
  }
  return out;
}

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  each_character(text, [&](std::size_t, std::size_t width) {
    columns += width;
    return true;
  });
  return columns;
}

std::string fit(std::string_view text, std::size_t columns) {
  if (columns_of(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::size_t used = 0;
  std::size_t kept = 0;
  each_character(text, [&](std::size_t end, std::size_t width) {
    if (used + width + 1 > columns) return false;
    used += width;
    kept = end;
    return true;
  });
  return std::string(text.substr(0, kept)) + "…";
}

}  // namespace runtime::cli
