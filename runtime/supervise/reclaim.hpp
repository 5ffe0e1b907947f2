#pragma once
// Has the kernel take the memory of one container, which must be frozen: into swap. Blocks, up to seconds: not on the main thread.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/supervise/memory.hpp"

namespace runtime::supervise {

/// Where the memory of a container is limited and counted.
struct MemoryGroup {
  std::filesystem::path folder;
  bool unified = false;  ///< control groups of version 2
  friend bool operator==(const MemoryGroup&, const MemoryGroup&) = default;
};

/// Of a process of that container, from the text of /proc/PID/cgroup. Nothing: no group there bears the container's name, so the process
/// is somebody else's by now, or on another machine than this.
std::optional<MemoryGroup> memory_group(std::string_view text, std::string_view container, const std::filesystem::path& root);
/// The same of the process itself, where we may write to the group.
std::optional<MemoryGroup> memory_group_of(std::int64_t pid, std::string_view container,
                                           const std::filesystem::path& root = "/sys/fs/cgroup");

/// What it holds of the machine's memory, file cache included.
std::uint64_t held_by(const MemoryGroup& group);

/// Is it to be taken? Not of what runs, and not where swap has no room for all of it: without swap nothing would be won but file cache
/// that has to be read again, and a swap that one container fills has nothing left for anybody else.
bool is_worth_taking(const Memory& machine, std::uint64_t held, bool frozen) noexcept;

/// Asks for all of it, and again while much is left: the kernel passes over what was in use a moment ago. `go_on` is asked before each
/// time. Answers what is wrong, for people; that something is left, or that a signal came, is nothing wrong.
std::string take_memory(const MemoryGroup& group, const std::function<bool()>& go_on);

/// Version 2 counts swap by itself, and the engine allows our containers none: a frozen one gets as much as it may have memory. Version
/// 1 counts both together.
void allow_swap(const MemoryGroup& group);
/// As it was before. Nothing of this is remembered anywhere, so a crash between the two leaves nothing behind.
void forbid_swap(const MemoryGroup& group);

}  // namespace runtime::supervise
