#include "config/flavors.hpp"

#include <vector>

namespace config {
namespace {

Flavor flavor(const char* name, double cpus, std::uint64_t memory, unsigned gpus, std::uint64_t gpu_memory,
              std::uint64_t disk) {
  return {name, cpus, gibibytes(memory), gpus, gibibytes(gpu_memory), gibibytes(disk)};
}

}  // namespace

std::span<const Flavor> built_in_flavors() {
  static const std::vector<Flavor> table = {
      // name, vCPU, GiB of memory, GPUs, GiB on them, GiB of disk: the hub's documentation of 2026-08
      flavor("cpu-basic", 2, 16, 0, 0, 50),
      flavor("cpu-upgrade", 8, 32, 0, 0, 50),
      flavor("t4-small", 4, 15, 1, 16, 50),
      flavor("t4-medium", 8, 30, 1, 16, 100),
      flavor("l4x1", 8, 30, 1, 24, 400),
      flavor("l4x4", 48, 186, 4, 96, 3200),
      flavor("l40sx1", 8, 62, 1, 48, 380),
      flavor("l40sx4", 48, 382, 4, 192, 3200),
      flavor("l40sx8", 192, 1534, 8, 384, 6500),
      flavor("a10g-small", 4, 15, 1, 24, 110),
      flavor("a10g-large", 12, 46, 1, 24, 200),
      flavor("a10g-largex2", 24, 92, 2, 48, 1000),
      flavor("a10g-largex4", 48, 184, 4, 96, 2000),
      flavor("a100-large", 12, 142, 1, 80, 1000),
      flavor("a100x4", 48, 568, 4, 320, 4000),
      flavor("a100x8", 96, 1136, 8, 640, 8000),
  };
  return table;
}

}  // namespace config
