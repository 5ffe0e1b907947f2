#pragma once
// Variables and secrets that a program can be given: what the kernel takes as an environment (execve(2)). Refused when they are set, because later
// no container would start. Pure.

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace runtime::supervise {

enum class Setting : unsigned char { variable, secret };

/// One value: bytes, and of all of a Space the names and values together, as the kernel counts them (a pointer, `=` and an end for each). Half of
/// what the kernel takes of one string, and of all strings with the usual stack of 8 MiB.
inline constexpr std::size_t most_value_bytes = 64 << 10;
inline constexpr std::size_t most_setting_bytes = 1 << 20;

/// Throws Trouble, without the value, when this name or value cannot be in an environment.
void check_setting(Setting kind, const std::string& name, std::string_view value);

/// Throws Trouble when all of a Space do not fit. `sizes`: bytes of the value of each.
void check_all_settings(const std::string& space, const std::map<std::string, std::size_t>& sizes);

}  // namespace runtime::supervise
