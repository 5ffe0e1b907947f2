#include "runtime/supervise/usage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "runtime/supervise/control_file.hpp"

namespace runtime::supervise {
namespace {

namespace fs = std::filesystem;

bool has(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    if (list.substr(0, end) == word) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

// `in use` less what the kernel would drop first.
std::uint64_t without(std::uint64_t used, std::uint64_t droppable) noexcept { return used - std::min(used, droppable); }

}  // namespace

std::uint64_t value_of(std::string_view text, std::string_view key) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    const auto line = text.substr(at, std::min(text.find('\n', at), text.size()) - at);
    at += line.size() + 1;
    if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != ' ') continue;
    std::uint64_t value = 0;
    std::from_chars(line.data() + key.size() + 1, line.data() + line.size(), value);
    return value;
  }
  return 0;
}

// `4:memory:/docker/ID` and `1:cpu,cpuacct:/docker/ID`, or `0::/system.slice/docker-ID.scope`.
Groups groups_of(std::string_view text) {
  Groups groups;
  std::string unified;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == line.npos || second == line.npos) continue;
    const auto controllers = line.substr(first + 1, second - first - 1);
    const auto path = line.substr(second + 1);
    if (controllers.empty()) unified = path;
    if (has(controllers, "cpuacct")) groups.cpu = fmt::format("{}{}", controllers, path);
    if (has(controllers, "memory")) groups.memory = fmt::format("{}{}", controllers, path);
  }
  if (groups.cpu.empty() && groups.memory.empty() && !unified.empty()) groups = {unified.substr(1), unified.substr(1), true};
  return groups;
}

std::optional<Usage> usage_of(std::int64_t pid, const fs::path& root) {
  const Groups groups = groups_of(text_of(fmt::format("/proc/{}/cgroup", pid)));
  const fs::path cpu = root / groups.cpu;
  const fs::path memory = root / groups.memory;
  if (groups.cpu.empty() || groups.memory.empty()) return std::nullopt;
  const auto used = number_in(memory / (groups.unified ? "memory.current" : "memory.usage_in_bytes"));
  if (!used) return std::nullopt;
  const std::string details = text_of(memory / "memory.stat");
  constexpr std::uint64_t nanoseconds_in_a_microsecond = 1000;
  Usage usage;
  usage.memory = without(*used, value_of(details, groups.unified ? "inactive_file" : "total_inactive_file"));
  usage.cpu_nanoseconds = groups.unified ? value_of(text_of(cpu / "cpu.stat"), "usage_usec") * nanoseconds_in_a_microsecond
                                         : number_in(cpu / "cpuacct.usage").value_or(0);
  return usage;
}

}  // namespace runtime::supervise
