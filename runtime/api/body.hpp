#pragma once
// What the body of a request says. All throw Trouble when it is not what was meant.

#include <boost/json.hpp>
#include <optional>
#include <string>

namespace runtime::api {

/// `what` is how it is called to whoever sent something else.
std::string text(const boost::json::value& value, const char* what);
/// Nothing when it is missing or null.
std::optional<std::string> optional_text(const boost::json::object& from, const char* key);
/// Those of an object in it; none when it is missing.
const boost::json::object& members(const boost::json::object& from, const char* key);
/// What must be there.
const boost::json::value& member(const boost::json::object& from, const char* key);

}  // namespace runtime::api
