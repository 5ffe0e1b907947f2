#pragma once
// How much memory the machine has left: frozen Spaces are the first to give theirs back.

#include <cstdint>
#include <string_view>

namespace runtime::supervise {

/// Of the whole machine, in bytes; 0: unknown.
struct Memory {
  std::uint64_t total = 0;
  std::uint64_t available = 0;  ///< without swapping, caches included: `MemAvailable` of proc(5)
  std::uint64_t swap_free = 0;  ///< `SwapFree`; 0 on a machine without swap
};

/// Reads the text of /proc/meminfo.
Memory parse_memory(std::string_view meminfo) noexcept;
/// Of this machine now.
Memory memory_now();

/// Less than a tenth is left. From there on the kernel begins to write out what others use, which costs more than a later start.
bool is_short(const Memory& memory) noexcept;

}  // namespace runtime::supervise
