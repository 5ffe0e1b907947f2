#pragma once
// The network that all Spaces of an instance are in, and what the packet filter lets out of it. Main thread.

#include "runtime/isolation/fence.hpp"
#include "runtime/supervise/context.hpp"

namespace runtime::supervise {

class SpaceNetwork {
 public:
  explicit SpaceNetwork(Context& context) : context_(context), fence_(context.worker) {}

  /// Makes it where there is none and sets its rules, or sets them anew. What fails is logged and told by `fence`. Nothing
  /// where the node file has another `network` than `bridge`.
  Task<> prepare();
  /// Takes it away, and then its rules. The engine keeps a network that containers use.
  Task<> remove();

  /// What holds of its rules.
  const isolation::Fence& fence() const noexcept { return fence_; }

 private:
  Task<> set_fence(engine::Network network);
  Task<bool> bridge_comes_later();

  Context& context_;
  isolation::Fence fence_;
};

}  // namespace runtime::supervise
