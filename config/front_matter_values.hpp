#pragma once
// What single values of the front matter may look like.

#include <optional>
#include <string>
#include <string_view>

#include "config/front_matter.hpp"
#include "config/units.hpp"

namespace config {

/// Is it made of emoji and nothing else? By range, not by table: a text such as `:rocket:` or `A` is none.
bool is_emoji(std::string_view text);

/// How many characters a UTF-8 text has, as the hub counts them (UTF-16 units).
std::size_t length_in_characters(std::string_view text);

/// `3.10` or `3.10.4`
bool is_python_version(std::string_view text);

/// The id of a model or data set: `name` or `owner/name`.
bool is_repo_id(std::string_view text);

/// `repo`, `repo f1,f2` or `repo f1,f2 <commit sha>`
Parsed<Preload> parse_preload(std::string_view text);

}  // namespace config
