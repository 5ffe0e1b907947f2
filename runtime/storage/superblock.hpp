#pragma once
// What the first kilobyte of an ext4 file system says of it. Pure but for `read_superblock`.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

namespace runtime::storage {

struct FileSystem {
  std::uint64_t blocks = 0;
  std::uint64_t free_blocks = 0;  ///< as of when it was last unmounted, or synchronised
  std::uint64_t block_size = 0;
  std::uint64_t overhead_blocks = 0;  ///< what the file system keeps for itself; 0 also where it does not say
  std::uint64_t bytes() const noexcept { return blocks * block_size; }
  /// What files can take of it, and what they do.
  std::uint64_t room() const noexcept { return (blocks - overhead_blocks) * block_size; }
  std::uint64_t used() const noexcept { return (blocks - overhead_blocks - free_blocks) * block_size; }
  friend bool operator==(const FileSystem&, const FileSystem&) = default;
};

/// Of the 1024 bytes at offset 1024; nothing when they are of no ext4 file system.
std::optional<FileSystem> parse_superblock(std::string_view bytes);

/// The same of a file or a device; nothing also when it cannot be read.
std::optional<FileSystem> read_superblock(const std::filesystem::path& image);

}  // namespace runtime::storage
