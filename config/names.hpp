#pragma once
// The names of Spaces, and what follows from them: host names and environment variables.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace config {

/// A DNS label holds 63 bytes (RFC 1035 §2.3.4); `--65535` must fit behind a slug, for exposed ports.
inline constexpr std::size_t slug_bytes_max = 63 - 7;

/// The host label of a Space: lower case, every run of other characters than letters and digits is one `-`. Never empty,
/// never with `--` inside (that is free for ports). A longer one is cut and ends in a hash of the name. Not injective
/// (`a-b/c` and `a/b-c`): who stores slugs must look for collisions and use `slug_with_hash`.
std::string slug(std::string_view owner, std::string_view name);

/// The same with the hash of the name behind it, for a slug that is already taken.
std::string slug_with_hash(std::string_view owner, std::string_view name);

/// The name of a Space without one: the slug of the last part of a folder's path.
std::string slug_of_folder(std::string_view path);

/// What is wrong with `owner/name`; nothing when it may be used.
std::optional<std::string> check_space_name(std::string_view full_name);

/// What is wrong with the name of a variable or secret; nothing when it may be used.
std::optional<std::string> check_variable_name(std::string_view name);

}  // namespace config
