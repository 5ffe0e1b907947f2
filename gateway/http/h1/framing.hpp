#pragma once
// What both directions read alike: field lines, Content-Length, Transfer-Encoding, the options of Connection.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/http/fields.hpp"
#include "gateway/net/result.hpp"

namespace gw::http::h1 {

/// Checks a field line (without its CRLF) and adds it to `fields`, its name in lower case. The code of a line that breaks
/// the rules 10-14: bad_line_end, folded_field, bad_field_name, bad_field_value.
std::optional<net::Code> add_field_line(std::string_view line, Fields& fields);

/// Has a name characters that CGI-like apps take for a dash (rule 14)?
bool is_unsafe_name(std::string_view name) noexcept;

/// The number of a Content-Length: digits only, at most 2^63-1 (rule 5).
std::optional<std::uint64_t> parse_content_length(std::string_view value) noexcept;

/// What is wrong with a Transfer-Encoding; nothing when it is exactly `chunked` (rule 3).
std::optional<net::Code> check_transfer_encoding(std::string_view value) noexcept;

/// Sees the options of one Connection field: `close`, `keep-alive` and `upgrade` are answered with flags, other names are
/// appended to `nominated`, in lower case, each behind a comma.
struct ConnectionOptions {
  bool close = false;
  bool keep_alive = false;
  bool upgrade = false;
  bool malformed = false;  ///< an option that is not a token
};
ConnectionOptions read_connection(std::string_view value, std::string& nominated);

/// Removes the fields that Connection has named.
void remove_nominated(std::string_view nominated, Fields& fields) noexcept;

/// Has a comma-separated list the token, in whatever case?
bool list_has(std::string_view list, std::string_view lower_case_token) noexcept;

}  // namespace gw::http::h1
