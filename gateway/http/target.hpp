#pragma once
// The request target: split, checked and normalised once, before anything is matched. What is matched is what is
// forwarded (rule 26).

#include <string>
#include <string_view>

#include "gateway/net/result.hpp"

namespace gw::http {

/// The four forms of RFC 9112 §3.2. All views point into the target.
struct Target {
  enum class Form : unsigned char { origin, absolute, asterisk, authority };
  Form form = Form::origin;
  std::string_view scheme;       ///< absolute only, as written
  std::string_view authority;    ///< absolute and authority form
  std::string_view path;         ///< empty in an absolute target without one
  std::string_view query;        ///< with its `?`; empty when there is none
  bool query_unescaped = false;  ///< the query has characters that browsers leave and no URI may have: see write_query
};

/// Splits a target and checks its characters (rules 21-23). Failure bad_target, of the client.
net::Result<Target> parse_target(std::string_view target);

/// Writes the query as it is forwarded: with the characters that browsers do not escape (`\ ^ { | }` and the backtick)
/// escaped, and nothing else changed (rules 23, 29).
void write_query(const Target& target, std::string& out);

/// Writes the normal form of `path` to `out` (rules 24-27, 29): unreserved characters decoded, hexadecimal digits in upper
/// case, dot segments removed, `//` merged. `%2F` and `%5C` stay as they are, `;parameters` and case are literal. Failure
/// bad_path: a bad escape, `%00`, `%0D`, `%0A`, above the root, or not beginning with `/`. Idempotent.
net::Result<void> normalise_path(std::string_view path, std::string& out);

/// Takes `prefix` (whole segments, without a trailing slash) off a normalised path and normalises what is left: it begins
/// with exactly one `/` (rule 28). Failure bad_path when it cannot. A path that does not have the prefix is left alone.
net::Result<void> strip_prefix(std::string& path, std::string_view prefix);

/// Has a normalised path an escaped separator, `%2F` or `%5C`? Some servers decode these before they match, so that a rule
/// about the path may be walked around (rule 27).
bool has_escaped_separator(std::string_view path) noexcept;

}  // namespace gw::http
