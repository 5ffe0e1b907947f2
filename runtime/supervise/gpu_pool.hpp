#pragma once
// The GPUs of this machine, and which container has which: one GPU is never given twice. Pure; main thread.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/supervise/hardware.hpp"

namespace runtime::supervise {

class GpuPool {
 public:
  /// The ids as the engine knows them (`0`, `1`, … or UUIDs). None: nobody knows what there is, and the engine decides.
  explicit GpuPool(std::vector<std::string> ids) : ids_(std::move(ids)) {}

  bool known() const noexcept { return !ids_.empty(); }
  std::size_t size() const noexcept { return ids_.size(); }
  std::size_t free() const noexcept { return ids_.size() - held_.size(); }

  /// Takes what is asked for, for `holder`. Nothing: it is not free now. More than there is: `can_ever` says so.
  std::optional<std::vector<std::string>> take(const Gpus& wanted, const std::string& holder);
  bool can_ever(const Gpus& wanted) const;
  /// Could it be taken once `holder` has given back what it has?
  bool would_fit_without(const Gpus& wanted, const std::string& holder) const;
  /// What a container that runs already has.
  void adopt(const std::vector<std::string>& ids, const std::string& holder);
  /// The holder is known by another name from now on.
  void rename(const std::string& from, const std::string& to);
  void release(const std::string& holder);

 private:
  std::vector<std::string> pick(const Gpus& wanted, const std::map<std::string, std::string>& held) const;

  std::vector<std::string> ids_;
  std::map<std::string, std::string> held_;  ///< id -> holder
};

/// The GPUs that NVIDIA's driver shows on this machine, by number; empty without the driver.
std::vector<std::string> gpus_of_this_machine(const std::string& folder = "/proc/driver/nvidia/gpus");

/// `0,1` of a label, and back.
std::string join_ids(const std::vector<std::string>& ids);
std::vector<std::string> split_ids(std::string_view text);

}  // namespace runtime::supervise
