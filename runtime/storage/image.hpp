#pragma once
// The file that holds a file system of a certain size. It is sparse: it takes of the disk what is written into it. Blocks.

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "runtime/storage/superblock.hpp"

namespace runtime::storage {

/// What a file system is made as: whole blocks, and not less than what one needs.
std::uint64_t image_size(std::uint64_t wanted) noexcept;

/// Why none can be made here; empty: they can.
std::string no_image_tools();

/// Makes the file with an empty file system that belongs to `owner`, or leaves nothing behind. Answers what is wrong.
std::string make_image(const std::filesystem::path& image, std::uint64_t size, uid_t owner);

/// Mends what a lost machine has left unfinished; `whole`: looks at all of it, also when nothing speaks for damage. Only while
/// nobody uses it. Answers what is wrong.
std::string check_image(const std::filesystem::path& image, bool whole = false);

/// Makes the file larger; the file system in it follows by one of the two below. Answers what is wrong.
std::string enlarge_image(const std::filesystem::path& image, std::uint64_t size);

/// The file system takes all of its file. Only while nobody uses it. Answers what is wrong.
std::string grow_unmounted(const std::filesystem::path& image);

/// What the file system of `device` says of itself now, as it is mounted at `folder`; nothing: it is not mounted there.
std::optional<FileSystem> mounted_at(const std::filesystem::path& folder, const std::filesystem::path& device);

/// The file system of `device`, which is mounted at `folder`, takes all that the device has, `size`. Where it is not mounted nothing
/// happens, least of all to the file system that the folder lies on. Answers what is wrong.
std::string grow_mounted(const std::filesystem::path& folder, const std::filesystem::path& device, std::uint64_t size);

}  // namespace runtime::storage
