#pragma once
// One Space: performs what `lifecycle` decides. One coroutine (`drive`) acts; builds and starts run beside it as jobs that
// report by setting what is observed and raising `changed_`. Main thread.

#include <memory>
#include <optional>
#include <string>

#include "config/front_matter.hpp"
#include "runtime/build/build.hpp"
#include "runtime/supervise/back_off.hpp"
#include "runtime/supervise/context.hpp"
#include "runtime/supervise/journal.hpp"
#include "runtime/supervise/lifecycle.hpp"
#include "runtime/supervise/replica_plan.hpp"

namespace runtime::supervise {

/// A container of a Space that is ours.
struct Replica {
  engine::Container container;
  std::int64_t deployment = 0;
  std::uint64_t revision = 0;  ///< which wish it fulfils; grows with every deploy and restart
  config::SpaceCard card;
};

class Space {
 public:
  Space(Context& context, state::SpaceRecord record);
  ~Space();
  Space(const Space&) = delete;
  Space& operator=(const Space&) = delete;

  const std::string& id() const noexcept { return record_.id; }
  const state::SpaceRecord& record() const noexcept { return record_; }
  Stage stage() const noexcept { return supervise::stage(want_, observed()); }
  /// Why the stage is what it is, for people; may be empty.
  const std::string& message() const noexcept { return message_; }
  const config::SpaceCard& card() const noexcept { return serving_ ? serving_->card : card_; }
  std::int64_t deployment() const noexcept { return deployment_.n; }
  const std::string& build_log() const noexcept { return deployment_.build_log; }
  /// The container whose output `logs` shows: the serving one, else the one that starts.
  std::optional<engine::Container> shown_container() const;
  std::string last_output() const { return last_output_; }
  Journal& journal() noexcept { return journal_; }

  /// The folder was checked and the record saved: build it and let it serve.
  void deploy(state::SpaceRecord record, const std::string& readme, bool no_cache);
  /// A new container of the newest image, also out of an error.
  void restart();
  void set_want(Want want, bool erase_data = false);
  /// A container found at start that may go on serving.
  void adopt(engine::Container container, std::int64_t deployment);
  /// The engine says that one of our containers ended. False: it was not a current one.
  bool ended(const std::string& container, bool out_of_memory);
  /// Sends the gateway what holds now.
  Task<> feed();

  /// Runs until the Space is erased or `stop` was called and everything under way has ended.
  Task<> drive();
  void stop();
  bool erased() const noexcept { return erased_; }

 private:
  Observed observed() const noexcept;
  Task<> perform(Action action);
  void changed() { changed_.raise(); }
  void tell();
  void note(std::string_view kind, const std::string& text);

  // Jobs, in space_build.cpp and space_start.cpp.
  Task<> build_job(state::DeploymentRecord deployment, bool no_cache, std::uint64_t serial);
  build::BuildRequest build_request(const state::DeploymentRecord& deployment, bool no_cache) const;
  Task<> start_job(std::uint64_t revision);
  Task<std::string> start_container(ReplicaPlan plan, std::uint64_t revision);
  Task<std::string> prepare_volume();
  Task<std::string> await_ready(std::uint64_t revision);
  Task<std::string> why_it_ended(std::string container);
  ReplicaPlan plan();
  Task<> crash_job(std::string container, bool out_of_memory);
  Task<> remove_container(std::string container);
  Task<> retire_job(std::string container);
  Task<> erase();

  Context& context_;
  state::SpaceRecord record_;
  state::DeploymentRecord deployment_;  ///< the wanted one
  config::SpaceCard card_;              ///< its card
  Journal journal_;
  Signal changed_;
  BackOff back_off_;

  Want want_ = Want::running;
  Source source_ = Source::good;
  Image image_ = Image::none;
  Next next_state_ = Next::none;
  Starts starts_ = Starts::allowed;
  std::uint64_t revision_ = 1;
  bool served_this_revision_ = false;
  bool no_cache_ = false;
  bool erase_data_ = false;
  bool stopping_ = false;
  bool erased_ = false;
  std::optional<Replica> next_;
  std::optional<Replica> serving_;
  build::Build* build_ = nullptr;
  std::uint64_t build_serial_ = 0;  ///< the newest build; an older one says nothing any more
  unsigned jobs_ = 0;
  std::uint64_t serial_ = 0;
  std::string message_;
  std::string last_output_;  ///< the last lines of the container that failed
  std::string told_;         ///< what listeners were told last
};

}  // namespace runtime::supervise
