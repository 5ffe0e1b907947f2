#include "gateway/http/target.hpp"

#include "gateway/http/characters.hpp"

namespace gw::http {
namespace {

constexpr net::Failure bad_target{net::Code::bad_target, net::Side::client, net::Retry::never};
constexpr net::Failure bad_path{net::Code::bad_path, net::Side::client, net::Retry::never};

/// Is there nothing that normalise_path would change? True for nearly every path there is.
bool is_normal(std::string_view path) noexcept {
  if (path.empty() || path.front() != '/') return false;
  char before = 'a';
  for (const char c : path) {
    // A dot segment and an empty one both show themselves right behind a slash; `/.well-known` takes the slow way too.
    if (c == '%' || (before == '/' && (c == '/' || c == '.'))) return false;
    before = c;
  }
  return true;
}

void append_escaped(std::string& out, unsigned char c) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  out.push_back('%');
  out.push_back(digits[c >> 4]);
  out.push_back(digits[c & 15]);
}

/// Appends the escape at `path[at]`, decoded when it stands for an unreserved character. False: a bad one.
bool append_escape(std::string_view path, std::size_t at, std::string& out) {
  if (path.size() - at < 3) return false;
  const int high = hex_value(path[at + 1]);
  const int low = hex_value(path[at + 2]);
  if (high < 0 || low < 0) return false;
  const auto c = static_cast<unsigned char>(high * 16 + low);
  if (c == 0 || c == '\r' || c == '\n') return false;
  if (characters::unreserved[c]) {
    out.push_back(static_cast<char>(c));
    return true;
  }
  append_escaped(out, c);
  return true;
}

/// Looks at the segment that begins behind the slash at `slash` and ends at the end of `out`; removes it when it is a dot
/// segment. `more` says that a slash follows it. False: it led above the root.
bool close_segment(std::string& out, std::size_t slash) {
  const std::string_view segment = std::string_view{out}.substr(slash + 1);
  if (segment == ".") {
    out.resize(slash + 1);
  } else if (segment == "..") {
    if (slash == 0) return false;
    out.resize(out.rfind('/', slash - 1) + 1);
  }
  return true;
}

}  // namespace

net::Result<Target> parse_target(std::string_view target) {
  Target parsed;
  std::size_t question = std::string_view::npos;
  for (std::size_t i = 0; i != target.size(); ++i) {
    if (!characters::target[static_cast<unsigned char>(target[i])]) {
      // Only what every browser sends, and only where nothing is matched.
      const bool tolerated =
          question != std::string_view::npos && characters::browser_query[static_cast<unsigned char>(target[i])];
      if (!tolerated) return bad_target;
      parsed.query_unescaped = true;
    }
    if (target[i] == '?' && question == std::string_view::npos) question = i;
  }
  if (target.empty()) return bad_target;
  if (question != std::string_view::npos) parsed.query = target.substr(question);
  std::string_view rest = target.substr(0, question);

  if (rest == "*" && question == std::string_view::npos) {
    parsed.form = Target::Form::asterisk;
    parsed.path = rest;
    return parsed;
  }
  if (!rest.empty() && rest.front() == '/') {
    parsed.path = rest;
  } else if (const std::size_t colon = rest.find("://"); colon != std::string_view::npos && colon != 0) {
    parsed.form = Target::Form::absolute;
    parsed.scheme = rest.substr(0, colon);
    rest.remove_prefix(colon + 3);
    const std::size_t slash = rest.find('/');
    parsed.authority = rest.substr(0, slash);
    if (slash != std::string_view::npos) parsed.path = rest.substr(slash);
  } else if (!rest.empty() && question == std::string_view::npos && rest.find('/') == std::string_view::npos) {
    parsed.form = Target::Form::authority;
    parsed.authority = rest;
  } else {
    return bad_target;
  }
  // Brackets are for an IPv6 literal in an authority; in a path or a query they are as common as they are illegal there,
  // and no two servers read them differently.
  return parsed;
}

void write_query(const Target& target, std::string& out) {
  if (!target.query_unescaped) {
    out.assign(target.query);
    return;
  }
  out.clear();
  for (const char c : target.query) {
    if (characters::browser_query[static_cast<unsigned char>(c)])
      append_escaped(out, static_cast<unsigned char>(c));
    else
      out.push_back(c);
  }
}

net::Result<void> normalise_path(std::string_view path, std::string& out) {
  if (is_normal(path)) {
    out.assign(path);
    return {};
  }
  out.clear();
  if (path.empty() || path.front() != '/') return bad_path;
  out.reserve(path.size());
  std::size_t slash = 0;  // the last slash of `out`
  out.push_back('/');
  for (std::size_t i = 1; i != path.size(); ++i) {
    if (path[i] == '%') {
      if (!append_escape(path, i, out)) return bad_path;
      i += 2;
    } else if (path[i] != '/') {
      out.push_back(path[i]);
    } else {
      if (!close_segment(out, slash)) return bad_path;
      if (out.back() != '/') out.push_back('/');
      slash = out.size() - 1;
    }
  }
  if (!close_segment(out, slash)) return bad_path;
  return {};
}

net::Result<void> strip_prefix(std::string& path, std::string_view prefix) {
  if (prefix == "/" || prefix.empty() || !path.starts_with(prefix)) return {};
  if (path.size() != prefix.size() && path[prefix.size()] != '/') return {};
  std::string rest = path.substr(prefix.size());
  if (rest.empty()) rest = "/";
  return normalise_path(rest, path);
}

bool has_escaped_separator(std::string_view path) noexcept {
  for (std::size_t at = path.find('%'); at != std::string_view::npos; at = path.find('%', at + 1)) {
    const std::string_view escape = path.substr(at, 3);
    if (escape == "%2F" || escape == "%5C") return true;
  }
  return false;
}

}  // namespace gw::http
