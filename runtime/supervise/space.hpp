#pragma once
// One Space: performs what its `Life` decides. One coroutine (`drive`) acts; builds and starts run beside it as jobs that
// report to the life and raise `changed_`. Main thread.

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/front_matter.hpp"
#include "runtime/build/build.hpp"
#include "runtime/supervise/context.hpp"
#include "runtime/supervise/journal.hpp"
#include "runtime/supervise/life.hpp"
#include "runtime/supervise/replica_plan.hpp"

namespace runtime::supervise {

/// A container of a Space that is ours.
struct Replica {
  engine::Container container;
  std::int64_t deployment = 0;
  config::SpaceCard card;
  std::string warning;   ///< it runs, but not as it should; may be empty
  bool adopted = false;  ///< it was there before this `serve`
};

/// The place of one replica.
struct Slot {
  std::optional<Replica> next;     ///< it is to take over
  std::optional<Replica> serving;  ///< it takes the traffic
};

/// The container without what holds the values of secrets, which nobody may keep for as long as it runs.
inline engine::Container without_environment(engine::Container container) {
  container.env.clear();
  container.env.shrink_to_fit();
  engine::Json().swap(container.raw);
  return container;
}

/// What a deployment may have changed of a Space, as it was before.
struct Settings {
  std::optional<state::SpaceRecord> record;  ///< nothing: the Space did not exist
  std::map<std::string, std::optional<std::string>> variables;
  std::map<std::string, std::optional<state::SecretValue>> secrets;
};

class Space {
 public:
  static constexpr std::int64_t most_replicas = 64;

  Space(Context& context, state::SpaceRecord record);
  ~Space();
  Space(const Space&) = delete;
  Space& operator=(const Space&) = delete;

  const std::string& id() const noexcept { return record_.id; }
  const state::SpaceRecord& record() const noexcept { return record_; }
  Stage stage() const noexcept { return life_.stage(); }
  /// Why the stage is what it is, for people; may be empty.
  std::string message() const;
  /// What is wrong with a Space that runs all the same; may be empty.
  std::string warning() const { return serving() ? serving()->warning : std::string(); }
  const config::SpaceCard& card() const noexcept { return serving() ? serving()->card : card_; }
  std::int64_t deployment() const noexcept { return deployment_.n; }
  /// How many builds are before the one of this Space; nothing: it is not in the queue.
  std::optional<std::size_t> queued_behind() const noexcept { return queued_behind_; }
  const std::string& build_log() const noexcept { return deployment_.build_log; }
  /// The container whose output `logs` shows: the first that serves, else the one that starts.
  std::optional<engine::Container> shown_container() const;
  /// Those that serve and those that start.
  std::vector<engine::Container> containers() const;
  /// How many replicas serve.
  std::size_t serving_count() const;
  /// What is mounted into its containers.
  std::vector<SpaceMount> mounts() const { return mounts_of(context_.database.instance(), record_, card(), context_.node).all; }
  /// That its README.md suggests hardware, where none was chosen; empty: there is nothing to say.
  std::string hint_of_hardware() const;
  std::string last_output() const { return last_output_; }
  Journal& journal() noexcept { return journal_; }
  /// Its stage as listeners are told of it.
  boost::json::object stage_event() const;

  /// The folder was checked and the record saved: it is built and serves as soon as the Space is wanted to run. `before` is
  /// what `go_back` restores. `followed`: whoever wants it waits for what comes of it.
  void deploy(state::SpaceRecord record, const std::string& readme, bool no_cache, bool followed, Settings before);
  /// Image and card of an earlier deployment become those of a new one; variables, secrets and hardware stay as they are.
  void roll_back(const state::DeploymentRecord& to);
  /// Is the wanted deployment one that was gone back to? Then its folder holds something else.
  bool rolled_back() const noexcept { return deployment_.origin != 0; }
  /// The deployment whose container takes the traffic; 0: none.
  std::int64_t serving_deployment() const noexcept { return serving() ? serving()->deployment : 0; }
  const state::DeploymentRecord& wanted() const noexcept { return deployment_; }
  /// The image of what serves, else of what is wanted; empty: there is none yet.
  std::string image() const { return serving() ? serving()->container.image : deployment_.image; }
  /// When its stage began; seconds since 1970.
  std::int64_t since() const noexcept { return since_; }
  /// The deployment that is under way is given up, and with it what came with it: the version that serves goes on, a Space
  /// that was paused is paused again, one that has never been anything is removed, or with `keep` stays as one whose build failed. False:
  /// nothing is under way.
  bool go_back(bool keep);
  /// A new container of the newest image, also out of an error.
  void restart();
  /// Other limits: a new container where one runs. False: none had to be made.
  bool set_hardware(state::SpaceRecord record);
  void set_want(Want want, bool erase_data = false);
  /// Without visitors for its idle time, or by its owner's word: it rests as soon as nobody is being served. A Space that has been
  /// asleep is laid deeper.
  void sleep(Rest rest);
  /// Somebody waits for it: what sleeps goes on. False: it does not sleep.
  bool wake();
  /// The gateway has missed what it was told.
  void say_again();
  /// Since when it sleeps frozen, if it does.
  std::optional<BackOff::Clock::time_point> frozen_since() const;
  /// Is it on its way to sleep? Then it soon sleeps, or is awake because somebody uses it.
  bool falls_asleep() const;
  /// Why it stays awake although it was to sleep; empty: it was not.
  const std::string& awake_because() const noexcept { return awake_because_; }
  /// Without visitors so long it sleeps; 0: never.
  std::chrono::seconds sleeps_after() const;
  /// Its idle time has changed.
  void set_sleep_after(std::int64_t seconds);
  void set_replicas(std::int64_t replicas);
  /// A container found at start that may go on serving, if there is a place for it. False: there is none, or it does
  /// not serve.
  bool adopt(engine::Container container, std::int64_t deployment);
  /// The engine says that one of our containers ended. False: it was not a current one.
  bool ended(const std::string& container, bool out_of_memory);
  /// It has taken more than it may: it is ended, and not started again until the owner says so. `why` is for people.
  void evict(const std::string& container, const std::string& why);
  /// Is it one that serves, starts, or is on its way out? Then nobody else may touch it.
  bool knows(const std::string& container) const;
  /// A container is being created, whose id nobody knows yet.
  bool creates() const noexcept { return creating_ != 0; }
  /// What needs the engine waits while it does not answer.
  void engine(Engine engine);
  /// What the gateway is to know now, as it is fed.
  std::string site() const;
  /// Sends it.
  Task<> feed();

  /// Runs until the Space is erased or `stop` was called and everything under way has ended.
  Task<> drive();
  /// With `containers_too` those that were not there before this `serve` are removed; the wish to run stays.
  void stop(bool containers_too);
  bool erased() const noexcept { return erased_; }
  /// Is nothing of it under way in the engine?
  bool at_rest() const noexcept { return jobs_ == 0 && !starts() && leaving_.empty(); }

 private:
  /// What a container would be marked with now; empty: its secrets cannot be read.
  std::string planned_mark();
  static bool is_as_planned(const Replica& replica, const std::string& mark);
  /// Where the new version needs no other container than the one that serves, that goes on.
  void keep_what_is_the_same();
  /// The version that serves is the wanted one again, because the one after it has failed.
  void fall_back(std::int64_t deployment);
  Task<> perform(Step step);
  Task<> switch_over(Slot& slot, std::size_t number);
  Task<> stop_serving(std::size_t number);
  void fit_slots() { slots_.resize(std::max(slots_.size(), life_.slots())); }
  const Replica* serving() const noexcept;
  /// Is a container about to take over?
  bool starts() const noexcept;
  /// Does nobody reach it yet, while it wakes, is built or starts?
  bool comes_up() const;
  void changed() { changed_.raise(); }
  void tell();
  void note_since(Stage now);
  void note(std::string_view kind, const std::string& text);

  // Going to sleep and waking, in space_rest.cpp.
  Task<> quiesce();
  Task<> freeze();
  Task<> thaw();

  // Jobs, in space_build.cpp, space_start.cpp and space_end.cpp.
  Task<> build_job(state::DeploymentRecord deployment, bool no_cache, Life::Ticket ticket);
  Task<> await_turn(Turns::Turn& turn, Life::Ticket ticket, std::ostream& log);
  build::BuildRequest build_request(const state::DeploymentRecord& deployment, bool no_cache) const;
  void warn_of_oauth(build::Observer& observer) const;
  Task<std::string> take_gpus(ReplicaPlan& plan, std::size_t slot, Life::Ticket ticket);
  Task<> make_room(std::size_t slot, std::string_view why);
  Task<> grow_mounts();
  Task<> free_mounts();
  std::string holder_of(Life::Ticket ticket) const;
  Task<> start_job(std::size_t slot, Life::Ticket ticket);
  Task<> start_ended(std::size_t slot, Life::Ticket ticket, std::string problem);
  Task<std::string> start_container(ReplicaPlan plan, std::size_t slot, Life::Ticket ticket);
  Task<std::string> create_container(ReplicaPlan plan, std::size_t slot, Life::Ticket ticket);
  Task<std::string> attach(engine::Container container);
  Task<std::string> await_ready(std::size_t slot, Life::Ticket ticket, std::optional<Turns::Turn>& turn);
  std::string reach_warning(std::int64_t pid) const;
  Task<std::string> why_it_ended(std::string container);
  std::string without_secrets(std::string text) const;
  ReplicaPlan plan(std::size_t slot);
  Task<> crash_job(std::string container, bool out_of_memory, Verdict verdict);
  Task<> back_off(Verdict verdict);
  Task<> look_for_engine();
  Task<> remove_container(std::string container);
  Task<> retire_job(Replica replica, std::chrono::milliseconds patience);
  Task<> drain(const Replica& replica, std::chrono::milliseconds patience);
  Task<> discard_image_job(std::int64_t deployment);
  Task<> tidy_job();
  void begin_to_tidy();
  std::string tag(std::int64_t deployment) const;
  std::string build_log_of(std::int64_t deployment) const;
  void restore(const Settings& before);
  Task<> erase();

  Context& context_;
  state::SpaceRecord record_;
  state::DeploymentRecord deployment_;  ///< the wanted one
  config::SpaceCard card_;              ///< its card
  std::optional<Settings> before_;      ///< what was before it; nothing once it has come to its end
  Journal journal_;
  Signal changed_;
  Life life_;
  bool no_cache_ = false;
  bool followed_ = false;  ///< somebody waits for what comes of the build
  bool erase_data_ = false;
  bool unmount_first_ = false;  ///< a volume takes its new size only while nothing uses it
  bool stopping_ = false;
  bool erased_ = false;
  std::string awake_because_;
  bool woken_ = false;    ///< by visitors, who wait for it
  bool awaited_ = false;  ///< visitors have woken it, and the gateway has not yet been told to let them in
  std::vector<Slot> slots_{1};
  std::optional<BackOff::Clock::time_point> frozen_since_;
  build::Build* build_ = nullptr;
  std::optional<std::size_t> queued_behind_;
  std::set<std::int64_t> given_up_;  ///< deployments that `go_back` left
  unsigned jobs_ = 0;
  unsigned discards_ = 0;  ///< of the jobs, those that wait for the others
  unsigned creating_ = 0;
  std::set<std::string> leaving_;  ///< containers that are being removed
  std::uint64_t serial_ = 0;
  std::string message_;
  std::string last_output_;  ///< the last lines of the container that failed, without secrets
  std::string told_;         ///< what listeners were told last
  std::string fed_;          ///< what the gateway was told last
  std::int64_t since_ = 0;
};

}  // namespace runtime::supervise
