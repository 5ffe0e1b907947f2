#pragma once
// What all builds of a node may take together. BuildKit ignores the limits of one build (docker 20.10), but it runs every RUN step
// below one control group of its own, whose files say it for all of them. `values_of` decides which, `BuildLimits` writes them: anew
// before each build and each step, because the group comes with the first step and goes with the machine. Main thread.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "config/node_file.hpp"
#include "runtime/engine/error.hpp"
#include "runtime/engine/types.hpp"

namespace runtime::supervise {

/// The two forms in which a kernel shows control groups.
enum class Hierarchy : std::uint8_t {
  v1,  ///< a tree for each controller: cpu/GROUP, memory/GROUP
  v2,  ///< one tree
};

/// One file of the group and what stands in it.
struct GroupValue {
  std::string file;  ///< below the mount: `cpu/docker/buildkit/cpu.shares`
  std::string value;
  bool needed = true;  ///< false: some kernels do not have it, and it only helps
};

/// In the order in which they must be written. A hard limit that is not asked for is not touched, so that one which an operator has set by
/// hand stays; with `lift` it is taken away, because it was ours.
std::vector<GroupValue> values_of(const config::BuildSettings& settings, Hierarchy hierarchy, bool lift);

/// Why nothing of this engine can be limited from here; empty: it can.
std::string why_unlimited(bool root, bool local, const engine::Info& engine);

/// What has been counted so far.
struct MemoryCounts {
  std::uint64_t refusals = 0;  ///< how often the group met its limit, for files that are cached too
  std::uint64_t kills = 0;     ///< processes that it has cost; v1 only knows those of the whole machine
};

/// Did a build that failed in between want more memory than all may have? `killed`: its step was killed, or said that something was.
bool wanted_more(const MemoryCounts& before, const MemoryCounts& after, bool killed) noexcept;

/// Was a step, or a program that it ran, killed? `text`: the builder's error, or a line of a step's output.
bool says_killed(std::string_view text) noexcept;

class BuildLimits {
 public:
  /// `mark`: a file that remembers that a hard limit is ours. `mount`: where the control groups are; `vmstat`: what the
  /// kernel has counted of the machine.
  BuildLimits(const config::BuildSettings& settings, std::filesystem::path mark, std::filesystem::path mount = "/sys/fs/cgroup",
              std::filesystem::path vmstat = "/proc/vmstat");

  /// The engine answers; `root` and `local` as in `why_unlimited`. The limits are put in force, and what becomes of them is logged when it
  /// is news.
  void engine_answers(bool root, bool local, const engine::Info& engine);
  /// Puts the limits in force. Answers why not; empty: they are.
  std::string put_in_force();
  MemoryCounts counts() const;
  /// What is in force, for people: `cpu_shares 20, memory 256Mi (docker/buildkit)`; or why nothing is.
  std::string told() const { return problem_.empty() ? in_words_ : "not limited, because " + problem_; }
  /// Does the node file ask for what is not in force?
  bool broken() const { return !problem_.empty() && hard(); }
  /// What to tell of a build that failed: the error itself, or that it needs more memory than all builds have.
  engine::Error explained(engine::Error error, const MemoryCounts& before, bool killed) const;

 private:
  bool hard() const { return settings_.memory.count != 0 || settings_.cpus != 0; }
  void hand_on_controllers() const;
  std::string write_all(Hierarchy hierarchy, bool lift) const;

  config::BuildSettings settings_;
  std::filesystem::path mark_;
  std::filesystem::path mount_;
  std::filesystem::path vmstat_;
  std::string forbidden_;
  std::string problem_;
  std::string in_words_;
  std::string logged_;
};

}  // namespace runtime::supervise
