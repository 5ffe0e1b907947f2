#include "runtime/build/dockerignore.hpp"

#include <span>

namespace runtime::build {
namespace {

std::string_view trim(std::string_view text) {
  constexpr std::string_view blank = " \t\r\v\f";
  const auto begin = text.find_first_not_of(blank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blank) - begin + 1);
}

/// Splits and cleans like Go's filepath.Clean: no empty segment, no `.`, `..` takes one away.
std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> out;
  while (!path.empty()) {
    const auto slash = path.find('/');
    const auto segment = path.substr(0, slash);
    if (segment == ".." && !out.empty())
      out.pop_back();
    else if (!segment.empty() && segment != "." && segment != "..")
      out.emplace_back(segment);
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return out;
}

/// One `[...]` at the front of `pattern`, after the bracket. Moves `pattern` behind it.
bool match_class(std::string_view& pattern, char c) {
  const bool negated = pattern.starts_with('^');
  if (negated) pattern.remove_prefix(1);
  bool found = false;
  const auto take = [&pattern] {
    if (pattern.front() == '\\' && pattern.size() > 1) pattern.remove_prefix(1);
    const char out = pattern.front();
    pattern.remove_prefix(1);
    return out;
  };
  for (bool first = true; !pattern.empty() && (first || pattern.front() != ']'); first = false) {
    const char low = take();
    char high = low;
    if (pattern.size() > 1 && pattern[0] == '-' && pattern[1] != ']') {
      pattern.remove_prefix(1);
      high = take();
    }
    found = found || (low <= c && c <= high);
  }
  if (!pattern.empty()) pattern.remove_prefix(1);
  return found != negated;
}

/// Go's filepath.Match for one segment.
bool match_segment(std::string_view pattern, std::string_view text) {
  while (!pattern.empty()) {
    if (pattern.front() == '*') {
      while (pattern.starts_with('*')) pattern.remove_prefix(1);
      for (std::size_t skip = 0; skip <= text.size(); ++skip)
        if (match_segment(pattern, text.substr(skip))) return true;
      return false;
    }
    if (text.empty()) return false;
    const char c = text.front();
    const char p = pattern.front();
    pattern.remove_prefix(1);
    if (p == '[') {
      if (!match_class(pattern, c)) return false;
    } else if (p == '\\' && !pattern.empty()) {
      if (pattern.front() != c) return false;
      pattern.remove_prefix(1);
    } else if (p != '?' && p != c) {
      return false;
    }
    text.remove_prefix(1);
  }
  return text.empty();
}

/// Do the first segments of `path` match the whole pattern? The rest is then below a matched folder.
bool match_parents(std::span<const std::string> pattern, std::span<const std::string> path) {
  if (pattern.empty()) return true;
  if (pattern.front() == "**") {
    // At the end `**` means everything below, so at least one segment; elsewhere any number of folders.
    if (pattern.size() == 1) return !path.empty();
    for (std::size_t skip = 0; skip <= path.size(); ++skip)
      if (match_parents(pattern.subspan(1), path.subspan(skip))) return true;
    return false;
  }
  return !path.empty() && match_segment(pattern.front(), path.front()) && match_parents(pattern.subspan(1), path.subspan(1));
}

}  // namespace

Dockerignore Dockerignore::parse(std::string_view text, std::vector<std::string>* problems) {
  Dockerignore out;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.starts_with('#')) continue;
    line = trim(line);
    if (line.empty()) continue;
    Pattern pattern;
    pattern.takes_back = line.starts_with('!');
    if (pattern.takes_back) line = trim(line.substr(1));
    if (line.empty()) {
      if (problems != nullptr) problems->push_back(std::to_string(number) + ": a lone `!` excludes nothing");
      continue;
    }
    pattern.segments = split(line);
    if (!pattern.segments.empty()) out.patterns_.push_back(std::move(pattern));
  }
  return out;
}

bool Dockerignore::excludes(std::string_view path) const {
  const auto segments = split(path);
  bool excluded = false;
  for (const auto& pattern : patterns_)
    if (match_parents(pattern.segments, segments)) excluded = !pattern.takes_back;
  return excluded;
}

bool Dockerignore::may_take_back_below(std::string_view path) const {
  const auto segments = split(path);
  for (const auto& pattern : patterns_) {
    if (!pattern.takes_back) continue;
    // The pattern may lead below `path` when all of its leading segments agree so far.
    bool agrees = true;
    for (std::size_t i = 0; agrees && i < segments.size() && i < pattern.segments.size(); ++i) {
      if (pattern.segments[i] == "**") break;
      agrees = match_segment(pattern.segments[i], segments[i]);
    }
    if (agrees) return true;
  }
  return false;
}

}  // namespace runtime::build
