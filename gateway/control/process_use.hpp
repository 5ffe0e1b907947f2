#pragma once
// What this process uses, and its limits.

#include <cstdint>

namespace gw::control {

struct ProcessUse {
  std::uint64_t resident_bytes = 0;
  std::uint64_t descriptors = 0;
  std::uint64_t most_descriptors = 0;
  double cpu_seconds = 0;
};

/// As the kernel tells it now; what it does not tell is 0.
ProcessUse process_use();

}  // namespace gw::control
