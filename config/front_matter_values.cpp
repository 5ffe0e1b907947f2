#include "config/front_matter_values.hpp"

#include <algorithm>
#include <vector>

#include "config/names.hpp"
#include "config/text_check.hpp"

namespace config {
namespace {

constexpr std::size_t emoji_characters_max = 16;  // a family of four with skin tones has eleven
constexpr std::size_t sha_digits = 40;

bool is_digit(char32_t c) { return c >= U'0' && c <= U'9'; }

/// The parts of `text` between runs of spaces, or between commas.
std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    if (end != 0) out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace

bool is_emoji(std::string_view text) {
  const auto characters = code_points(text);
  if (!characters || characters->empty() || characters->size() > emoji_characters_max) return false;
  bool any = false;
  for (const auto c : *characters) {
    const bool keycap = is_digit(c) || c == U'#' || c == U'*';
    const bool sign = c == 0xA9 || c == 0xAE || c == 0x203C || c == 0x2049 || (c >= 0x2100 && c <= 0x2BFF) || c == 0x3030 ||
                      c == 0x303D || c == 0x3297 || c == 0x3299 || (c >= 0x1F000 && c <= 0x1FAFF);
    const bool joins = c == 0x200D || c == 0xFE0F || c == 0x20E3 || (c >= 0xE0020 && c <= 0xE007F);
    if (!keycap && !sign && !joins) return false;
    any = any || sign || c == 0x20E3;
  }
  return any;
}

std::size_t length_in_characters(std::string_view text) {
  const auto characters = code_points(text);
  if (!characters) return text.size();
  std::size_t length = 0;
  for (const auto c : *characters) length += c >= 0x10000 ? 2 : 1;
  return length;
}

bool is_python_version(std::string_view text) {
  const auto parts = split(text, '.');
  const bool digits =
      std::all_of(text.begin(), text.end(), [](char c) { return is_digit(static_cast<unsigned char>(c)) || c == '.'; });
  const auto dots = static_cast<std::size_t>(std::count(text.begin(), text.end(), '.'));
  return digits && (parts.size() == 2 || parts.size() == 3) && dots + 1 == parts.size() && parts.front() == "3";
}

bool is_repo_id(std::string_view text) {
  const bool with_owner = text.find('/') != std::string_view::npos;
  return !check_space_name(with_owner ? std::string(text) : "owner/" + std::string(text));
}

Parsed<Preload> parse_preload(std::string_view text) {
  const std::string form = "must be \"repo\", \"repo file1,file2\" or \"repo file1,file2 COMMIT\"";
  const auto parts = split(text, ' ');
  if (parts.empty() || parts.size() > 3) return {{}, form};
  Preload out;
  out.repo = parts[0];
  if (!is_repo_id(out.repo)) return {{}, form + ": \"" + out.repo.substr(0, 100) + "\" is no repository id"};
  if (parts.size() > 1) out.files = split(parts[1], ',');
  if (parts.size() > 1 && out.files.empty()) return {{}, form};
  if (parts.size() > 2) {
    out.revision = parts[2];
    const bool hex = out.revision.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (out.revision.size() != sha_digits || !hex) return {{}, form + ": a commit has 40 hex digits"};
  }
  return {std::move(out), {}};
}

}  // namespace config
