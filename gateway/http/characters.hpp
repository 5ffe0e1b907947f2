#pragma once
// The character classes of HTTP, as tables: one load a byte on the hottest loops of the project.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace gw::http {

namespace characters {

/// A table of 256 answers, filled with one byte per member of `members` and the given ranges.
constexpr std::array<bool, 256> set_of(std::string_view members, bool alphanumeric) {
  std::array<bool, 256> table{};
  for (const char c : members) table[static_cast<unsigned char>(c)] = true;
  if (alphanumeric)
    for (unsigned c = 0; c != 128; ++c)
      if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) table[c] = true;
  return table;
}

constexpr std::array<char, 256> lower_table() {
  std::array<char, 256> table{};
  for (unsigned c = 0; c != 256; ++c) table[c] = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return table;
}

/// RFC 9110 §5.6.2.
inline constexpr auto token = set_of("!#$%&'*+-.^_`|~", true);

/// Each token character in lower case, 0 for all others.
constexpr std::array<char, 256> lower_token_table() {
  std::array<char, 256> table{};
  for (unsigned c = 0; c != 256; ++c)
    if (token[c]) table[c] = lower_table()[c];
  return table;
}
inline constexpr auto lower_token = lower_token_table();
/// What may stand in a request target as it is: RFC 3986 unreserved, reserved without `#[]`, and `%`. Rule 23.
inline constexpr auto target = set_of("-._~!$&'()*+,;=:@/?%[]", true);
/// What browsers leave as it is in a query (URL Standard, query percent-encode set) although no URI may have it. Rule 23.
inline constexpr auto browser_query = set_of("\\^`{|}", false);
/// RFC 3986 §2.3.
inline constexpr auto unreserved = set_of("-._~", true);
/// A host name. Sub-delimiters are legal in RFC 3986 but no name has them, and a comma has cost others a CVE. Rule 20.
inline constexpr auto host = set_of("-._", true);
inline constexpr auto lower = lower_table();

}  // namespace characters

constexpr bool is_token(char c) noexcept { return characters::token[static_cast<unsigned char>(c)]; }
/// In lower case; 0: it is no token character.
constexpr char lower_token(char c) noexcept { return characters::lower_token[static_cast<unsigned char>(c)]; }
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr char to_lower(char c) noexcept { return characters::lower[static_cast<unsigned char>(c)]; }

/// The value of a hexadecimal digit, -1 for anything else.
constexpr int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Is every byte a token character, and is there at least one?
constexpr bool is_token(std::string_view text) noexcept {
  for (const char c : text)
    if (!is_token(c)) return false;
  return !text.empty();
}

/// Compares without regard to the case of ASCII letters; `lower_case` must be in lower case.
constexpr bool equals_ignoring_case(std::string_view text, std::string_view lower_case) noexcept {
  if (text.size() != lower_case.size()) return false;
  for (std::size_t i = 0; i != text.size(); ++i)
    if (to_lower(text[i]) != lower_case[i]) return false;
  return true;
}

/// Without spaces and tabs at either end (RFC 9110 §5.6.3).
constexpr std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Calls `use(element)` for every element of a comma-separated list, trimmed; empty elements too.
template <class Use>
constexpr void each_element(std::string_view list, Use use) {
  while (true) {
    const std::size_t comma = list.find(',');
    use(trim(list.substr(0, comma)));
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

/// May the text be a field value: no control character but HTAB? obs-text (0x80 and above) may. Rule 11.
inline bool is_field_value(std::string_view text) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101;
  constexpr std::uint64_t tops = 0x8080808080808080;
  const char* at = text.data();
  std::size_t left = text.size();
  for (; left >= 8; at += 8, left -= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    // Eight bytes at once; a false alarm (a tab, or a borrow from one) only sends us to the loop below.
    const std::uint64_t below_space = (word - ones * 0x20) & ~word & tops;
    const std::uint64_t del = word ^ (ones * 0x7F);
    if ((below_space | ((del - ones) & ~del & tops)) != 0) break;
  }
  for (; left != 0; ++at, --left)
    if ((static_cast<unsigned char>(*at) < 0x20 && *at != '\t') || *at == 0x7F) return false;
  return true;
}

}  // namespace gw::http
