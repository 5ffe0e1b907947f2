#pragma once
// How much the files below a folder take. What lies there was made by somebody who may mean harm: it may be deep, wide, and change
// under our hands.

#include <cstdint>
#include <optional>
#include <string>

namespace runtime::isolation {

/// A file counts for this much at least: file systems have an inode for so many bytes of room, and whoever takes all inodes has filled
/// the disk too. It also bounds how many files are looked at before there are `enough`.
inline constexpr std::uint64_t least_for_a_file = 16 << 10;

/// Bytes on disk below `folder`, on its own file system; the walk ends as soon as there are more than `enough`. Links are not
/// followed. Nothing: it cannot be looked at (it is gone, or we may not). Needs CAP_DAC_READ_SEARCH; blocks.
std::optional<std::uint64_t> disk_use(const std::string& folder, std::uint64_t enough);

}  // namespace runtime::isolation
