#include "runtime/supervise/settings_check.hpp"

#include <fmt/format.h>

#include "config/names.hpp"
#include "runtime/state/trouble.hpp"

namespace runtime::supervise {

using state::Kind;
using state::Trouble;

void check_setting(Setting kind, const std::string& name, std::string_view value) {
  const char* what = kind == Setting::secret ? "secret" : "variable";
  if (auto fault = config::check_variable_name(name)) {
    throw Trouble(Kind::bad_input, fmt::format("`{}` cannot be the name of a {}: {}", name, what, *fault),
                  "choose a name of letters, digits and _");
  }
  if (value.find('\0') != value.npos) {
    throw Trouble(Kind::bad_input, fmt::format("the {} {} holds a NUL byte, which no environment variable can", what, name),
                  "encode it, for example with base64");
  }
  if (value.size() > most_value_bytes) {
    throw Trouble(Kind::bad_input,
                  fmt::format("the {} {} has {} bytes, and may have {}", what, name, value.size(), most_value_bytes),
                  "put what is larger into a file: in the image, or on /data");
  }
}

void check_all_settings(const std::string& space, const std::map<std::string, std::size_t>& sizes) {
  std::size_t all = 0;
  for (const auto& [name, bytes] : sizes) all += name.size() + bytes + 2 + sizeof(char*);
  if (all <= most_setting_bytes) return;
  throw Trouble(
      Kind::bad_input,
      fmt::format("variables and secrets of {} would have {} bytes together, and may have {}", space, all, most_setting_bytes),
      "put what is large into a file: in the image, or on /data");
}

}  // namespace runtime::supervise
