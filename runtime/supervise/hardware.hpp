#pragma once
// What a Space's hardware means on this node: limits and GPUs.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/node_file.hpp"
#include "runtime/engine/types.hpp"

namespace runtime::supervise {

/// The limits of one container.
struct Limits {
  double cpus = 1;
  config::Bytes memory;
  std::int64_t pids = 0;
  config::Bytes disk{};  ///< what it may write outside /data; 0: as much as there is
};

/// The limits of `hardware`, or the node's defaults when the Space named none; cut to what the engine's machine has (an
/// engine refuses more CPUs than there are). Zero in `machine` means unknown.
Limits limits_of(std::string_view hardware, const config::NodeFile& node, const engine::Info& machine);

/// How many GPUs a container asks for.
struct Gpus {
  bool all = false;
  unsigned count = 0;
  std::vector<std::string> ids;  ///< these and no others; then `count` is 0
  bool any() const noexcept { return all || count != 0 || !ids.empty(); }
};

/// `--gpus` wins over the flavor. Nothing when `text` is neither a number from 0 to 64 nor `all` nor `device=ID,ID`.
std::optional<Gpus> parse_gpus(std::string_view text, std::string_view hardware, const config::NodeFile& node);

/// What to say of the hardware that a README.md suggests to a Space without hardware of its own: it is never given by itself.
/// Empty: nothing.
std::string hardware_hint(const std::string& space, const std::string& suggested, const config::NodeFile& node);

}  // namespace runtime::supervise
