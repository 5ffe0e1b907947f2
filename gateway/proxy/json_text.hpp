#pragma once
// Text inside JSON strings.

#include <string>
#include <string_view>

namespace gw::proxy {

namespace json_detail {

inline void append_escaped(std::string& out, unsigned char c) {
  static constexpr char digits[] = "0123456789abcdef";
  const char escape[] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};
  out.append(escape, sizeof escape);
}

inline void append(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out.append({'\\', c});
    else if (byte < 0x20 || byte == 0x7F)
      append_escaped(out, byte);
    else
      out += c;
  }
}

}  // namespace json_detail

/// Text that is UTF-8 already.
inline void append_json_utf8(std::string& out, std::string_view text) { json_detail::append(out, text); }

}  // namespace gw::proxy
