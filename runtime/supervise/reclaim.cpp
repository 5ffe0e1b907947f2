#include "runtime/supervise/reclaim.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "runtime/supervise/control_file.hpp"
#include "runtime/supervise/usage.hpp"

namespace runtime::supervise {
namespace {

namespace fs = std::filesystem;

constexpr unsigned most_tries = 4;
// Left of what it held: enough is taken. What a container keeps in the kernel itself never goes.
constexpr std::uint64_t enough = 16;

fs::path asking_file(const MemoryGroup& group) {
  return group.folder / (group.unified ? "memory.reclaim" : "memory.force_empty");
}

}  // namespace

// Some engines put processes into groups below the one with the limits.
std::optional<MemoryGroup> memory_group(std::string_view text, std::string_view container, const fs::path& root) {
  const Groups groups = groups_of(text);
  if (container.empty()) return std::nullopt;
  fs::path folder = root;
  for (const auto& part : fs::path(groups.memory)) {
    folder /= part;
    if (part.native().find(container) != std::string::npos) return MemoryGroup{folder, groups.unified};
  }
  return std::nullopt;
}

std::optional<MemoryGroup> memory_group_of(std::int64_t pid, std::string_view container, const fs::path& root) {
  auto group = memory_group(text_of(fmt::format("/proc/{}/cgroup", pid)), container, root);
  if (group && ::access(asking_file(*group).c_str(), W_OK) != 0) group.reset();
  return group;
}

std::uint64_t held_by(const MemoryGroup& group) {
  return number_in(group.folder / (group.unified ? "memory.current" : "memory.usage_in_bytes")).value_or(0);
}

bool is_worth_taking(const Memory& machine, std::uint64_t held, bool frozen) noexcept {
  return frozen && held != 0 && machine.swap_free > held;
}

std::string take_memory(const MemoryGroup& group, const std::function<bool()>& go_on) {
  const fs::path file = asking_file(group);
  std::uint64_t left = held_by(group);
  const std::uint64_t few = left / enough;
  for (unsigned i = 0; i != most_tries && left > few && go_on(); ++i) {
    // The kernel decides by counts that may be two seconds old, and then believes in file cache that it has dropped already and takes
    // nothing else. Who reads them has them brought up to date.
    text_of(group.folder / "memory.stat");
    const bool asked = write_to(file, group.unified ? std::to_string(left) : "0");
    if (!asked && errno != EAGAIN && errno != EINTR) return fmt::format("{}: {}", file.string(), std::strerror(errno));
    left = held_by(group);
  }
  return {};
}

void allow_swap(const MemoryGroup& group) {
  const auto limit = number_in(group.folder / "memory.max");
  if (!group.unified || !limit || number_in(group.folder / "memory.swap.max") != 0U) return;
  write_to(group.folder / "memory.swap.max", std::to_string(*limit));
}

void forbid_swap(const MemoryGroup& group) {
  const auto limit = number_in(group.folder / "memory.max");
  if (!group.unified || !limit || number_in(group.folder / "memory.swap.max") != limit) return;
  write_to(group.folder / "memory.swap.max", "0");
}

}  // namespace runtime::supervise
