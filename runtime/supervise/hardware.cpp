#include "runtime/supervise/hardware.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "config/suggest.hpp"

namespace runtime::supervise {
namespace {

// Numbers or UUIDs, each once.
std::optional<Gpus> named(std::string_view list) {
  Gpus gpus;
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    const auto id = list.substr(0, end);
    const bool good = !id.empty() && id.size() <= 64 && id.find_first_not_of("0123456789abcdefABCDEFGPU-") == id.npos &&
                      std::find(gpus.ids.begin(), gpus.ids.end(), id) == gpus.ids.end();
    if (!good || end + 1 == list.size()) return std::nullopt;
    gpus.ids.emplace_back(id);
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return gpus.ids.empty() ? std::nullopt : std::optional(gpus);
}

}  // namespace

Limits limits_of(std::string_view hardware, const config::NodeFile& node, const engine::Info& machine) {
  Limits limits{node.defaults.cpus, node.defaults.memory, node.defaults.pids, node.defaults.disk};
  if (const config::Flavor* flavor = node.find_flavor(hardware)) {
    limits.cpus = flavor->cpus;
    limits.memory = flavor->memory;
    limits.disk = flavor->disk;
  }
  if (machine.cpus != 0) limits.cpus = std::min(limits.cpus, static_cast<double>(machine.cpus));
  if (machine.memory != 0) limits.memory.count = std::min(limits.memory.count, machine.memory);
  return limits;
}

std::optional<Gpus> parse_gpus(std::string_view text, std::string_view hardware, const config::NodeFile& node) {
  constexpr unsigned most = 64;
  if (text.empty()) {
    const config::Flavor* flavor = node.find_flavor(hardware);
    return Gpus{false, flavor == nullptr ? 0 : flavor->gpus, {}};
  }
  if (text == "all") return Gpus{true, 0, {}};
  if (text.starts_with("device=")) return named(text.substr(std::string_view("device=").size()));
  unsigned count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size() || count > most) return std::nullopt;
  return Gpus{false, count, {}};
}

std::string hardware_hint(const std::string& space, const std::string& suggested, const config::NodeFile& node) {
  if (suggested.empty()) return {};
  if (const auto* flavor = node.find_flavor(suggested)) {
    const std::string gpus = flavor->gpus == 0 ? "" : fmt::format(", {} GPU{}", flavor->gpus, flavor->gpus == 1 ? "" : "s");
    return fmt::format(
        "README.md suggests the hardware {} ({} CPUs, {} of memory{}), and it runs on this node's defaults; "
        "`spaceport hardware {} {}` gives it that",
        suggested, flavor->cpus, config::to_string(flavor->memory), gpus, space, suggested);
  }
  std::vector<std::string_view> names;
  std::string known;
  for (const auto& flavor : node.flavors) {
    names.push_back(flavor.name);
    known += (known.empty() ? "" : ", ") + flavor.name;
  }
  return fmt::format(
      "README.md suggests the hardware `{}`, which this node does not have{}; `spaceport hardware {} FLAVOR` gives it one of: "
      "{}",
      suggested, config::did_you_mean(suggested, names), space, known);
}

}  // namespace runtime::supervise
