#pragma once
// All Spaces of an instance: starts what looks after them, takes wishes. Main thread.

#include <string>
#include <vector>

#include "runtime/supervise/engine_watch.hpp"
#include "runtime/supervise/guard.hpp"
#include "runtime/supervise/idleness.hpp"
#include "runtime/supervise/space_network.hpp"
#include "runtime/supervise/spaces.hpp"
#include "runtime/supervise/usage.hpp"
#include "runtime/supervise/wish.hpp"

namespace runtime::supervise {

/// What a Space uses and what visitors want of it, at a moment.
struct SpaceUse {
  const Space* space = nullptr;
  Usage usage;          ///< of all its containers
  SiteTraffic traffic;  ///< as the gateway counted it
  std::vector<SpaceMount> mounts;
};

class Supervisor {
 public:
  explicit Supervisor(Context& context);

  /// Finds what runs, removes what nobody knows, starts the drivers and the watch on the engine.
  Task<> begin();
  /// Ends builds and starts that are under way. Containers keep running; with `containers_too` only those that were there
  /// before we began.
  Task<> stop(bool containers_too);

  /// Checks everything first and throws Trouble with every problem, having changed nothing; then deploys.
  Space& deploy(const Wish& wish);
  /// Builds again from the folder; without a cache when asked.
  Space& redeploy(const std::string& id, bool no_cache);
  /// Variables or secrets have changed. They are build arguments and mounts too, so only a (cached) build tells what
  /// follows; a Space that is paused stays so and is built when it wakes. A folder that is gone: a new container at least.
  void settings_changed(const std::string& id);
  /// Gives up what `up` began (see Space::go_back), of exactly this deployment unless it is 0; ends when nothing of it is
  /// left in the engine. Answers what the stream of a deployment would end with, and `given_up`.
  /// `keep`: as in Space::go_back.
  Task<boost::json::object> go_back(std::string id, std::int64_t deployment, bool keep);
  /// Back to the image of an earlier deployment; 0: to the version before. Throws Trouble when there is none.
  Space& roll_back(const std::string& id, std::int64_t deployment);
  /// Another flavor; what must start anew for it does. False: nothing must.
  bool set_hardware(const std::string& id, const std::string& flavor);
  /// Throws Trouble when there is none.
  Space& space(const std::string& id) { return spaces_.at(id); }
  std::vector<Space*> spaces() { return spaces_.all(); }
  /// The gateway came back: say everything again.
  Task<> feed_all();
  /// The dialer came back: register everything again.
  Task<> attach_all();
  /// How much of their volumes are used: of one Space, or with an empty id of all.
  Task<VolumeUse::Known> volume_use(const std::string& id);
  /// Of every Space that is here now; valid until something else is awaited.
  Task<std::vector<SpaceUse>> use();
  Context& context() noexcept { return context_; }
  bool engine_answers() const noexcept { return engine_.answers(); }
  /// What holds of the rules of the network.
  const isolation::Fence& fence() const noexcept { return network_.fence(); }
  /// After `stop`: no coroutine of ours is under way any more.
  bool idle() const noexcept { return running_ == 0; }

 private:
  Space& take(state::SpaceRecord record);
  void drive(Space& space);
  Task<> run(Space* space);
  /// `idle` waits for it.
  Task<> counted(Task<> work);

  Context& context_;
  Spaces spaces_;
  SpaceNetwork network_;
  EngineWatch engine_;
  Idleness idleness_;
  Guard guard_;
  unsigned running_ = 0;  ///< coroutines: one for each Space, those that watch the engine and the gateway, one on guard
};

}  // namespace runtime::supervise
