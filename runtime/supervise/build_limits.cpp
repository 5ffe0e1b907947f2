#include "runtime/supervise/build_limits.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <system_error>

#include "runtime/supervise/control_file.hpp"

namespace runtime::supervise {
namespace {

namespace fs = std::filesystem;

constexpr unsigned period_us = 100'000;

std::string quota(double cpus) {
  constexpr long shortest_us = 1000;  // the kernel takes nothing below
  return std::to_string(std::max(shortest_us, std::lround(cpus * period_us)));
}

// As runc maps them: shares of 2 to 262144 become weights of 1 to 10000.
std::string weight(unsigned shares) { return std::to_string(1 + (static_cast<std::uint64_t>(shares) - 2) * 9999 / 262142); }

// The number behind a word at the beginning of a line.
std::uint64_t number_of(const std::string& text, std::string_view word) {
  const std::string key = fmt::format("\n{} ", word);
  const std::string lines = "\n" + text;
  const auto at = lines.find(key);
  std::uint64_t read = 0;
  if (at != lines.npos) std::from_chars(lines.data() + at + key.size(), lines.data() + lines.size(), read);
  return read;
}

std::uint64_t number(std::string_view text) {
  std::uint64_t read = 0;
  std::from_chars(text.data(), text.data() + text.size(), read);
  return read;
}

void add_v1(const config::BuildSettings& settings, bool lift, std::vector<GroupValue>& out) {
  const std::string cpu = "cpu/" + settings.control_group + "/cpu.";
  const std::string memory = "memory/" + settings.control_group + "/memory.";
  out.push_back({cpu + "shares", std::to_string(settings.cpu_shares)});
  if (settings.cpus != 0) {
    out.push_back({cpu + "cfs_period_us", std::to_string(period_us)});
    out.push_back({cpu + "cfs_quota_us", quota(settings.cpus)});
  } else if (lift) {
    out.push_back({cpu + "cfs_quota_us", "-1"});
  }
  // Memory with swap may never be less than memory alone: up first, down last.
  if (settings.memory.count != 0 || lift) out.push_back({memory + "memsw.limit_in_bytes", "-1", false});
  if (settings.memory.count != 0) {
    out.push_back({memory + "limit_in_bytes", std::to_string(settings.memory.count)});
    // Were it no more than the other, it would be met first, and nobody counts that (kernel 6.18).
    const config::Bytes with_swap{settings.memory.count + config::mebibytes(1).count};
    out.push_back({memory + "memsw.limit_in_bytes", std::to_string(with_swap.count), false});
  } else if (lift) {
    out.push_back({memory + "limit_in_bytes", "-1"});
  }
}

void add_v2(const config::BuildSettings& settings, bool lift, std::vector<GroupValue>& out) {
  const std::string group = settings.control_group + "/";
  out.push_back({group + "cpu.weight", weight(settings.cpu_shares)});
  if (settings.cpus != 0 || lift)
    out.push_back({group + "cpu.max", fmt::format("{} {}", settings.cpus != 0 ? quota(settings.cpus) : "max", period_us)});
  if (settings.memory.count != 0 || lift) {
    const bool limited = settings.memory.count != 0;
    out.push_back({group + "memory.max", limited ? std::to_string(settings.memory.count) : "max"});
    out.push_back({group + "memory.swap.max", limited ? "0" : "max", false});
  }
}

}  // namespace

std::vector<GroupValue> values_of(const config::BuildSettings& settings, Hierarchy hierarchy, bool lift) {
  std::vector<GroupValue> values;
  if (hierarchy == Hierarchy::v1)
    add_v1(settings, lift, values);
  else
    add_v2(settings, lift, values);
  return values;
}

std::string why_unlimited(bool root, bool local, const engine::Info& engine) {
  if (!root) return "serve does not run as root";
  if (!local) return "the engine runs elsewhere";
  if (engine.cgroup_driver == "systemd")
    return "the engine's control groups are systemd's, where the steps of builds have no group of their own "
           "(`native.cgroupdriver=cgroupfs`)";
  return {};
}

bool wanted_more(const MemoryCounts& before, const MemoryCounts& after, bool killed) noexcept {
  return after.refusals > before.refusals && (killed || after.kills > before.kills);
}

bool says_killed(std::string_view text) noexcept {
  return text.find("exit code: 137") != text.npos || text.ends_with("Killed");
}

BuildLimits::BuildLimits(const config::BuildSettings& settings, fs::path mark, fs::path mount, fs::path vmstat)
    : settings_(settings), mark_(std::move(mark)), mount_(std::move(mount)), vmstat_(std::move(vmstat)) {
  in_words_ = fmt::format("cpu_shares {}", settings_.cpu_shares);
  if (settings_.cpus != 0) in_words_ += fmt::format(", cpu {}", settings_.cpus);
  if (settings_.memory.count != 0) in_words_ += fmt::format(", memory {}", config::to_string(settings_.memory));
  in_words_ += fmt::format(" (control group {})", settings_.control_group);
}

// One tree: a group has the files of a controller where its parent hands that on. The engine does the same with the first step.
void BuildLimits::hand_on_controllers() const {
  fs::path parent = mount_;
  for (const auto& part : fs::path(settings_.control_group)) {
    write_to(parent / "cgroup.subtree_control", "+cpu +memory");
    parent /= part;
    std::error_code refused;
    fs::create_directory(parent, refused);
  }
}

std::string BuildLimits::write_all(Hierarchy hierarchy, bool lift) const {
  for (const auto& [file, value, needed] : values_of(settings_, hierarchy, lift)) {
    const fs::path path = mount_ / file;
    // The engine makes it with the first step, and takes one that is there.
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) return fmt::format("{}: {}", path.parent_path().string(), error.message());
    if (!write_to(path, value) && needed) return fmt::format("{}: {}", path.string(), std::strerror(errno));
  }
  return {};
}

std::string BuildLimits::put_in_force() {
  problem_ = forbidden_;
  if (!problem_.empty()) return problem_;
  std::error_code error;
  const bool one_tree = fs::exists(mount_ / "cgroup.controllers", error);
  if (!one_tree && !fs::exists(mount_ / "cpu", error)) return problem_ = mount_.string() + " shows no control groups";
  const bool ours = fs::exists(mark_, error);
  if (one_tree) hand_on_controllers();
  // First the mark: a limit of ours must not be taken for somebody else's later.
  if (hard() && !ours) std::ofstream(mark_).flush();
  problem_ = write_all(one_tree ? Hierarchy::v2 : Hierarchy::v1, ours);
  if (problem_.empty() && ours && !hard()) fs::remove(mark_, error);
  return problem_;
}

void BuildLimits::engine_answers(bool root, bool local, const engine::Info& engine) {
  forbidden_ = why_unlimited(root, local, engine);
  put_in_force();
  if (logged_ == told()) return;
  logged_ = told();
  spdlog::log(broken() ? spdlog::level::warn : spdlog::level::info, "builds: {}", logged_);
}

MemoryCounts BuildLimits::counts() const {
  const std::string events = text_of(mount_ / settings_.control_group / "memory.events");
  if (!events.empty()) return {number_of(events, "max"), number_of(events, "oom_kill")};
  return {number(text_of(mount_ / "memory" / settings_.control_group / "memory.failcnt")),
          number_of(text_of(vmstat_), "oom_kill")};
}

engine::Error BuildLimits::explained(engine::Error error, const MemoryCounts& before, bool killed) const {
  if (settings_.memory.count == 0 || !problem_.empty()) return error;
  if (!wanted_more(before, counts(), killed || says_killed(error.message))) return error;
  error.message =
      fmt::format("the build needs more than build.memory = {}: {}", config::to_string(settings_.memory), error.message);
  error.hint = "let the step need less, or raise `build: {memory: ...}` in spaceport.yaml, which all builds of this node share";
  return error;
}

}  // namespace runtime::supervise
