#pragma once
// What a container uses of the machine, read from its control group: no connection to the engine, so that looking at hundreds of
// Spaces every second costs nothing that they would feel. Works for local engines, with both versions of control groups.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace runtime::supervise {

struct Usage {
  std::uint64_t cpu_nanoseconds = 0;  ///< since the container began
  std::uint64_t memory = 0;           ///< bytes, without the file cache that could be dropped
  Usage& operator+=(const Usage& other) noexcept {
    cpu_nanoseconds += other.cpu_nanoseconds;
    memory += other.memory;
    return *this;
  }
};

/// Of the container whose first process this is. Nothing: it has ended, or its groups cannot be read here.
std::optional<Usage> usage_of(std::int64_t pid, const std::filesystem::path& root = "/sys/fs/cgroup");

/// The folders of a process below the mount point, from the text of /proc/PID/cgroup (cgroups(7)).
struct Groups {
  std::string cpu;     ///< with cpuacct.usage (version 1) or cpu.stat (2); empty: none
  std::string memory;  ///< with memory.usage_in_bytes or memory.current; empty: none
  bool unified = false;
};
Groups groups_of(std::string_view text);

/// The number behind `key ` in a text of such lines (`cpu.stat`, `memory.stat`); 0: it is not there.
std::uint64_t value_of(std::string_view text, std::string_view key) noexcept;

}  // namespace runtime::supervise
