#pragma once
// All Spaces of an instance: adopts what runs when `serve` begins, hears the engine's events, takes wishes. Main thread.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/supervise/space.hpp"

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

class Supervisor {
 public:
  explicit Supervisor(Context& context) : context_(context), changed_(context.worker) {}

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
  Context& context() noexcept { return context_; }
  bool engine_answers() const noexcept { return engine_answers_; }
  /// After `stop`: no coroutine of ours is under way any more.
  bool idle() const noexcept { return running_ == 0; }

 private:
  Space& take(state::SpaceRecord record);
  Task<> run(Space* space);
  Task<> watch();
  Task<bool> reconcile();
  Task<> prepare_network();
  Task<> adopt(const engine::ContainerSummary& found);

  Context& context_;
  Signal changed_;
  std::map<std::string, std::unique_ptr<Space>> spaces_;
  std::unique_ptr<engine::Canceller> watching_;
  bool engine_answers_ = false;
  bool first_look_ = true;
  bool stopping_ = false;
  unsigned running_ = 0;  ///< coroutines: one for each Space, one that watches the engine
};

/// Reads README.md and looks for the Dockerfile; throws Trouble with every problem as `file:line:column: message`.
std::string checked_readme(const std::string& folder);

}  // namespace runtime::supervise
