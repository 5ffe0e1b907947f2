#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>

namespace runtime::build {

/// The salt that makes BuildKit's cache key depend on the secrets: a keyed hash of `used` (name -> value), as lower-case
/// hex of 32 characters. The value of a secret is not part of BuildKit's own key, so two Spaces with the same Dockerfile
/// would get each other's results.
std::string cache_salt(const std::array<unsigned char, 32>& key, const std::map<std::string, std::string>& used);

/// A Space's name as one label of a host name.
std::string host_label(std::string_view space);

}  // namespace runtime::build
