#include "runtime/api/body.hpp"

#include <fmt/format.h>

#include "runtime/state/trouble.hpp"

namespace runtime::api {

namespace json = boost::json;
using state::Kind;
using state::Trouble;

std::string text(const json::value& value, const char* what) {
  if (!value.is_string()) throw Trouble(Kind::bad_input, fmt::format("`{}` must be a string", what));
  return std::string(value.as_string());
}

std::optional<std::string> optional_text(const json::object& from, const char* key) {
  const auto* found = from.if_contains(key);
  if (found == nullptr || found->is_null()) return std::nullopt;
  return text(*found, key);
}

const json::object& members(const json::object& from, const char* key) {
  static const json::object none;
  const auto* found = from.if_contains(key);
  if (found == nullptr) return none;
  if (!found->is_object()) throw Trouble(Kind::bad_input, fmt::format("`{}` must be an object", key));
  return found->as_object();
}

const json::value& member(const json::object& from, const char* key) {
  const auto* found = from.if_contains(key);
  if (found == nullptr) throw Trouble(Kind::bad_input, fmt::format("`{}` is missing", key));
  return *found;
}

}  // namespace runtime::api
