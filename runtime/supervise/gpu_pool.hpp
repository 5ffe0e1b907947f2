#pragma once
// The GPUs of this machine, and which container has which: one GPU is never given twice. Pure; main thread.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/supervise/hardware.hpp"

namespace runtime::supervise {

/// One GPU as NVIDIA's driver shows it. The engine takes either name.
struct Gpu {
  std::string number;  ///< its place in the order of the bus, as the driver numbers them
  std::string uuid;    ///< `GPU-8a56a4bc-…`; empty: the driver has not said it yet
  std::string model;
};

class GpuPool {
 public:
  /// The ids as the engine knows them (`0`, `1`, … or UUIDs). None: nobody knows what there is, and the engine decides.
  /// `seen`: what the driver shows, by which a GPU is known under its other name too.
  explicit GpuPool(const std::vector<std::string>& ids, std::vector<Gpu> seen = {});

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
  std::vector<std::string> held_by(const std::string& holder) const;

 private:
  std::vector<std::string> pick(const Gpus& wanted, const std::map<std::string, std::string>& held) const;
  /// The id of ours that `name` means; empty: none, or more than one.
  std::string ours(std::string_view name) const;

  std::vector<std::string> ids_;
  std::vector<Gpu> seen_;
  std::map<std::string, std::string> held_;  ///< id -> holder
};

/// The GPUs that NVIDIA's driver gives to programs on this machine; empty without the driver.
std::vector<Gpu> gpus_of_this_machine(const std::string& folder = "/proc/driver/nvidia/gpus");

/// The pool of a node: what its file names, else what the driver shows.
GpuPool pool_of(const std::vector<std::string>& named, const std::string& folder = "/proc/driver/nvidia/gpus");

/// `2 GPUs (NVIDIA H200)`; empty: none.
std::string in_words(const std::vector<Gpu>& gpus);

/// `0,1` of a label, and back.
std::string join_ids(const std::vector<std::string>& ids);
std::vector<std::string> split_ids(std::string_view text);

}  // namespace runtime::supervise
