#pragma once
// What is looked after all the time: that the rules of the network hold, and that nobody takes more of the disk than he may.
// Main thread.

#include <map>
#include <string>
#include <vector>

#include "runtime/supervise/context.hpp"
#include "runtime/supervise/engine_watch.hpp"
#include "runtime/supervise/signal.hpp"
#include "runtime/supervise/space_network.hpp"
#include "runtime/supervise/spaces.hpp"

namespace runtime::supervise {

class Guard {
 public:
  Guard(Context& context, Spaces& spaces, const EngineWatch& engine, SpaceNetwork& network)
      : context_(context), spaces_(spaces), engine_(engine), network_(network), nap_(context.worker) {}

  /// Until `stop`. Whoever takes too much is evicted; while the engine does not answer, nothing is looked at.
  Task<> keep();
  /// `keep` ends soon after.
  void stop();

 private:
  Task<> look_at_disks();
  Task<std::string> too_much(std::string container, const state::SpaceRecord& space, const std::vector<SpaceMount>& mounts);

  Context& context_;
  Spaces& spaces_;
  const EngineWatch& engine_;
  SpaceNetwork& network_;
  Signal nap_;
  std::map<std::string, std::string> written_;  ///< of each container: the folder of what it has written outside its volumes
  bool stopping_ = false;
};

}  // namespace runtime::supervise
