#pragma once
// What runs in the engine against what we remember: at the start, whenever the engine comes back, and as it says that
// containers end. Main thread.

#include <memory>

#include "runtime/engine/engine.hpp"
#include "runtime/supervise/context.hpp"
#include "runtime/supervise/space_network.hpp"
#include "runtime/supervise/spaces.hpp"

namespace runtime::supervise {

class EngineWatch {
 public:
  EngineWatch(Context& context, Spaces& spaces, SpaceNetwork& network)
      : context_(context), spaces_(spaces), network_(network) {}

  /// Looks at all containers of the instance: gives its own to each Space, removes what nobody knows, and tells all Spaces
  /// whether the engine answers. False: it does not.
  Task<bool> reconcile();
  /// Hears what the engine says, and looks anew whenever it has not been heard for a while; until `stop`.
  Task<> follow();
  /// `follow` ends soon after.
  void stop();

  /// As of the last look.
  bool answers() const noexcept { return answers_; }
  /// Was looked for, and did not answer.
  bool gone() const noexcept { return !first_look_ && !answers_; }

 private:
  Task<> adopt(const engine::ContainerSummary& found);

  Context& context_;
  Spaces& spaces_;
  SpaceNetwork& network_;
  std::unique_ptr<engine::Canceller> watching_;
  bool answers_ = false;
  bool first_look_ = true;
  bool stopping_ = false;
};

}  // namespace runtime::supervise
