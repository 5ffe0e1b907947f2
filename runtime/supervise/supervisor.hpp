#pragma once
// All Spaces of an instance: adopts what runs when `serve` begins, hears the engine's events, takes wishes. Main thread.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/isolation/fence.hpp"
#include "runtime/supervise/gateway_events.hpp"
#include "runtime/supervise/space.hpp"
#include "runtime/supervise/usage.hpp"

namespace runtime::supervise {

/// What somebody wants deployed. What is not set stays as it was, or gets its default.
struct Wish {
  std::string id;  ///< owner/name
  std::string folder;
  std::map<std::string, std::string> variables;
  std::vector<std::pair<std::string, state::SecretValue>> secrets;
  std::optional<std::string> hardware;
  std::optional<std::string> gpus;
  std::optional<std::string> storage;  ///< a size, `0` takes /data away
  bool no_cache = false;
  bool wake = true;  ///< false: a Space that is paused or asleep stays so, and is built when it wakes
};

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
  Space& deploy(Wish wish);
  /// Throws Trouble when what is to be set cannot be in an environment, alone or with what is set already.
  void check_settings(const Wish& wish) const;
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
  Space& space(const std::string& id);
  std::vector<Space*> spaces();
  /// The gateway came back: say everything again.
  Task<> feed_all();
  /// The dialer came back: register everything again.
  Task<> attach_all();
  /// How much of their volumes are used: of one Space, or with an empty id of all.
  Task<VolumeUse::Known> volume_use(std::string id);
  /// Of every Space that is here now; valid until something else is awaited.
  Task<std::vector<SpaceUse>> use();
  Context& context() noexcept { return context_; }
  bool engine_answers() const noexcept { return engine_answers_; }
  /// What holds of the rules of the network.
  const isolation::Fence& fence() const noexcept { return fence_; }
  /// After `stop`: no coroutine of ours is under way any more.
  bool idle() const noexcept { return running_ == 0; }

 private:
  Space& take(state::SpaceRecord record);
  Task<> run(Space* space);
  Task<> watch();
  /// What the gateway says of visitors, and what follows; in idleness.cpp.
  Task<> hear_gateway();
  void heard(const GatewayEvent& event);
  Task<> keep_rest();
  void lay_to_rest();
  void lay_deeper();
  Task<> ask_for_traffic();
  void remember_use();
  Task<bool> reconcile();
  Task<> prepare_network();
  Task<> adopt(const engine::ContainerSummary& found);
  // In guard.cpp.
  Task<> guard();
  Task<> set_fence(engine::Network network);
  Task<> look_at_disks();
  Task<std::string> too_much(std::string container, const state::SpaceRecord& space, const std::vector<SpaceMount>& mounts);

  Context& context_;
  Signal changed_;
  Signal ticking_;
  GatewayEvents visitors_;
  std::map<std::string, std::int64_t> used_;  ///< when visitors were last there, as far as it is not in the database
  Signal nap_;                                ///< of `guard`
  isolation::Fence fence_;
  std::map<std::string, std::string> written_;  ///< of each container: the folder of what it has written outside its volumes
  std::set<std::string> idle_;                  ///< Spaces that nobody visits and that do not sleep yet
  std::map<std::string, std::unique_ptr<Space>> spaces_;
  std::unique_ptr<engine::Canceller> watching_;
  bool engine_answers_ = false;
  bool first_look_ = true;
  bool stopping_ = false;
  unsigned running_ = 0;  ///< coroutines: one for each Space, those that watch the engine and the gateway, one on guard
};

/// Reads README.md and looks for the Dockerfile; throws Trouble with every problem as `file:line:column: message`.
std::string checked_readme(const std::string& folder);

}  // namespace runtime::supervise
