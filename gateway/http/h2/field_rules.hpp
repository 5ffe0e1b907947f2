#pragma once
// What a field of HTTP/2 may look like, in either direction (RFC 9113 §8.2). Pure.

#include <cstddef>
#include <string_view>

#include "gateway/http/characters.hpp"
#include "gateway/http/fields.hpp"

namespace gw::http::h2 {

/// What a field costs beside its bytes (RFC 9113 §6.5.2).
inline constexpr std::size_t field_cost = 32;

/// A token without upper-case letters, of a length that Fields can hold.
inline bool is_lower_token(std::string_view name) noexcept {
  for (const char c : name)
    if (!is_token(c) || (c >= 'A' && c <= 'Z')) return false;
  return !name.empty() && name.size() <= 0xFFFF;
}

/// No control characters and no white space at either end.
inline bool is_clean_value(std::string_view value) noexcept {
  return is_field_value(value) && trim(value).size() == value.size();
}

/// Fields that HTTP/2 says otherwise and whose presence makes a message malformed (§8.2.2).
inline bool is_connection_specific(Name name) noexcept {
  return name == Name::connection || name == Name::keep_alive || name == Name::proxy_connection ||
         name == Name::transfer_encoding || name == Name::upgrade;
}

}  // namespace gw::http::h2
