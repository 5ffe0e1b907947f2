#pragma once
// Files of control groups (cgroups(7)), read and written as the kernel wants it: whole, and with its answer heard.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace runtime::supervise {

/// What is in a file; empty: it cannot be read.
std::string text_of(const std::filesystem::path& file);
/// The number that a file begins with; nothing: it cannot be read, or holds a word (`max`).
std::optional<std::uint64_t> number_in(const std::filesystem::path& file);
/// Writes `value` in one call. Such a file says at the write itself what is wrong with a value: false, and errno tells. A signal ends a
/// write that takes long (EINTR); it is not tried again.
bool write_to(const std::filesystem::path& file, const std::string& value);

}  // namespace runtime::supervise
