#pragma once
// The rules of one instance in the packet filter of this machine: set, set again, taken away. Main thread.

#include <string>

#include "gateway/net/task.hpp"
#include "gateway/net/worker.hpp"
#include "runtime/isolation/fence_rules.hpp"

namespace runtime::isolation {

/// Why rules cannot be set from here, however often it is tried; empty: they can. `local`: the engine shares our kernel.
std::string cannot_fence(bool root, bool local);

class Fence {
 public:
  explicit Fence(gw::net::Worker& worker) : worker_(worker) {}

  /// Sets the rules, or sets them anew: all at once, so that there is no moment without them. Says what is wrong once, not
  /// each time; `problem` remembers it. While they are being set already: nothing. `bridge_later`: the bridge need not be there
  /// yet.
  gw::net::Task<> set(Bounds bounds, std::string cannot, bool bridge_later);
  /// Takes them away.
  gw::net::Task<> remove();

  /// What is not enforced, and why; empty: everything is.
  const std::string& problem() const noexcept { return problem_; }
  /// Have rules been asked for at all?
  bool wanted() const noexcept { return !bounds_.bridge.empty(); }
  /// Nothing but time lies between us and rules that hold: it would be a fault of this machine if they did not.
  bool possible() const noexcept { return possible_; }

 private:
  gw::net::Task<std::string> try_all(bool bridge_later);
  gw::net::Task<std::string> set(Family family);
  gw::net::Task<bool> entered(Family family);

  gw::net::Worker& worker_;
  Bounds bounds_;
  std::string problem_;
  bool possible_ = true;
  bool set_ = false;
  bool setting_ = false;
};

}  // namespace runtime::isolation
