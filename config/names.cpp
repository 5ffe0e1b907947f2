#include "config/names.hpp"

#include <algorithm>
#include <cstdint>

namespace config {
namespace {

constexpr std::size_t name_part_max = 96;
constexpr std::size_t variable_name_max = 128;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Lower case; every run of anything but letters and digits is one `-`; none at either end.
std::string plain_slug(std::string_view text) {
  std::string out;
  bool gap = false;
  for (const char c : text) {
    if (!is_letter(c) && !is_digit(c)) {
      gap = !out.empty();
      continue;
    }
    if (gap) out += '-';
    gap = false;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

/// Eight letters and digits that depend on all of `text`: FNV-1a. It keeps names apart, it protects nothing.
std::string short_hash(std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  std::string out;
  for (int i = 0; i < 8; ++i, hash /= 36) out += "0123456789abcdefghijklmnopqrstuvwxyz"[hash % 36];
  return out;
}

std::string hashed(std::string base, std::string_view text) {
  const auto hash = short_hash(text);
  base.resize(std::min(base.size(), slug_bytes_max - hash.size() - 1));
  while (!base.empty() && base.back() == '-') base.pop_back();
  return (base.empty() ? "space" : base) + "-" + hash;
}

std::string full_name(std::string_view owner, std::string_view name) { return std::string(owner) + "/" + std::string(name); }

/// The hub's repo-id rule, for one part of it.
std::optional<std::string> check_part(std::string_view part, std::string_view what) {
  const auto wrong = [&](const std::string& rule) {
    return std::string(what) + " \"" + std::string(part.substr(0, 120)) + "\" " + rule;
  };
  if (part.empty() || part.size() > name_part_max) return wrong("must be 1 to 96 characters long");
  for (const char c : part) {
    if (!is_letter(c) && !is_digit(c) && c != '.' && c != '_' && c != '-') {
      return wrong("may hold only letters, digits, \".\", \"_\" and \"-\"");
    }
  }
  if (part.front() == '-' || part.front() == '.' || part.back() == '-' || part.back() == '.') {
    return wrong("must not begin or end with \"-\" or \".\"");
  }
  if (part.find("--") != std::string_view::npos) return wrong("must not contain \"--\"");
  if (part.find("..") != std::string_view::npos) return wrong("must not contain \"..\"");
  if (part.ends_with(".git")) return wrong("must not end with \".git\"");
  return std::nullopt;
}

}  // namespace

std::string slug(std::string_view owner, std::string_view name) {
  auto out = plain_slug(full_name(owner, name));
  const bool fits = !out.empty() && out.size() <= slug_bytes_max;
  return fits ? out : hashed(std::move(out), full_name(owner, name));
}

std::string slug_with_hash(std::string_view owner, std::string_view name) {
  return hashed(plain_slug(full_name(owner, name)), full_name(owner, name));
}

std::string slug_of_folder(std::string_view path) {
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  const auto slash = path.rfind('/');
  const auto folder = slash == std::string_view::npos ? path : path.substr(slash + 1);
  auto out = plain_slug(folder);
  if (out.size() > slug_bytes_max) return hashed(std::move(out), folder);
  return out.empty() ? "space" : out;
}

std::optional<std::string> check_space_name(std::string_view full) {
  const auto slash = full.find('/');
  if (slash == std::string_view::npos || full.find('/', slash + 1) != std::string_view::npos) {
    return "the name of a Space is \"owner/name\", not \"" + std::string(full.substr(0, 200)) + "\"";
  }
  if (auto wrong = check_part(full.substr(0, slash), "the owner")) return wrong;
  return check_part(full.substr(slash + 1), "the name");
}

std::optional<std::string> check_variable_name(std::string_view name) {
  const auto wrong = [&](const std::string& rule) { return "\"" + std::string(name.substr(0, 160)) + "\" " + rule; };
  if (name.empty()) return "the name of a variable must not be empty";
  if (name.size() > variable_name_max) return wrong("must be at most 128 bytes long");
  if (is_digit(name.front())) return wrong("must not begin with a digit");
  for (const char c : name) {
    if (!is_letter(c) && !is_digit(c) && c != '_') return wrong("may hold only letters, digits and \"_\"");
  }
  return std::nullopt;
}

}  // namespace config
