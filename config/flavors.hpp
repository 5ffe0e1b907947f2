#pragma once
// Hardware that a Space may ask for by name.

#include <span>
#include <string>
#include <string_view>

#include "config/units.hpp"

namespace config {

struct Flavor {
  std::string name;
  double cpus = 0;
  Bytes memory;
  unsigned gpus = 0;
  Bytes gpu_memory;  ///< of all GPUs together; 0: not asked for
  Bytes disk;        ///< ephemeral; 0: not limited
  friend bool operator==(const Flavor&, const Flavor&) = default;
};

/// The hub's own flavors, smallest first; what a node file adds or changes comes from there.
std::span<const Flavor> built_in_flavors();

}  // namespace config
