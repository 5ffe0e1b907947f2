#include "gateway/http/h1/framing.hpp"

#include "gateway/http/characters.hpp"

namespace gw::http::h1 {

std::optional<net::Code> add_field_line(std::string_view line, Fields& fields) {
  if (line.empty()) return net::Code::bad_field_name;
  if (line.front() == ' ' || line.front() == '\t') return net::Code::folded_field;
  // Looked at and copied in one go: nothing of it counts before the field is added.
  char* const name = fields.room(line.size());
  std::size_t colon = 0;
  for (; colon != line.size(); ++colon) {
    const char c = lower_token(line[colon]);
    if (c == 0) break;
    name[colon] = c;
  }
  // White space before the colon ends up here as well (RFC 9112 §5.1).
  if (colon == 0 || colon == line.size() || line[colon] != ':') {
    return line.find('\r') == std::string_view::npos ? net::Code::bad_field_name : net::Code::bad_line_end;
  }
  const std::string_view value = trim(line.substr(colon + 1));
  if (!is_field_value(value))
    return value.find('\r') == std::string_view::npos ? net::Code::bad_field_value : net::Code::bad_line_end;
  // The length of a name is kept in 16 bits.
  if (colon > 0xFFFF) return net::Code::fields_too_large;
  fields.add_received(colon, value);
  return std::nullopt;
}

bool is_unsafe_name(std::string_view name) noexcept {
  for (const char c : name)
    if (c == '_' || c == '.') return true;
  return false;
}

std::optional<std::uint64_t> parse_content_length(std::string_view value) noexcept {
  constexpr std::uint64_t largest = 0x7FFFFFFFFFFFFFFF;
  if (value.empty()) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : value) {
    if (!is_digit(c)) return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (number > (largest - digit) / 10) return std::nullopt;
    number = number * 10 + digit;
  }
  return number;
}

std::optional<net::Code> check_transfer_encoding(std::string_view value) noexcept {
  if (equals_ignoring_case(value, "chunked")) return std::nullopt;
  // Not ours to serve, but the two kinds have different answers: a coding that we do not know, or a list that lies about
  // where the message ends.
  bool malformed = false;
  bool chunked_seen = false;
  each_element(value, [&](std::string_view coding) {
    if (chunked_seen || !is_token(coding) || equals_ignoring_case(coding, "identity")) malformed = true;
    if (equals_ignoring_case(coding, "chunked")) chunked_seen = true;
  });
  return malformed ? net::Code::bad_transfer_encoding : net::Code::unknown_transfer_coding;
}

ConnectionOptions read_connection(std::string_view value, std::string& nominated) {
  ConnectionOptions options;
  each_element(value, [&](std::string_view option) {
    if (option.empty()) return;
    if (equals_ignoring_case(option, "close")) {
      options.close = true;
    } else if (equals_ignoring_case(option, "keep-alive")) {
      options.keep_alive = true;
    } else if (equals_ignoring_case(option, "upgrade")) {
      options.upgrade = true;
    } else if (!is_token(option)) {
      options.malformed = true;
    } else {
      nominated.push_back(',');
      for (const char c : option) nominated.push_back(to_lower(c));
    }
  });
  return options;
}

void remove_nominated(std::string_view nominated, Fields& fields) noexcept {
  if (nominated.empty()) return;
  each_element(nominated, [&](std::string_view name) {
    if (!name.empty()) fields.erase(name);
  });
}

bool list_has(std::string_view list, std::string_view lower_case_token) noexcept {
  bool found = false;
  each_element(list, [&](std::string_view element) { found = found || equals_ignoring_case(element, lower_case_token); });
  return found;
}

}  // namespace gw::http::h1
