#pragma once
// The life of one Space as a state machine without clock and I/O: what its owner says, what was done and what happened go
// in, the next step comes out (`decide`). Whatever takes time (a build, a start, a back-off) gets a ticket, and its end is
// believed only while the ticket is the newest: a late word about something nobody wants any more changes nothing.
//
// A Space has one or more replicas. Each has a slot: a container that serves, one that is to take over, a back-off. A new
// version is tried in one slot first; when it has answered there, the others follow one by one, so that a bad version never
// takes more than its one place beside those that serve.

#include <chrono>
#include <cstdint>
#include <vector>

#include "runtime/supervise/back_off.hpp"
#include "runtime/supervise/lifecycle.hpp"

namespace runtime::supervise {

/// What follows from the end of a container.
struct Verdict {
  enum class Kind : std::uint8_t {
    unasked,   ///< it was not the wanted one: nothing follows
    put_off,   ///< the engine is gone, which is no fault of the Space: it is started again when the engine is back
    again,     ///< it may be started again after `wait`; say `back_off_over(ticket)` then
    given_up,  ///< it is not started again until its owner says so
  };
  Kind kind = Kind::unasked;
  std::chrono::milliseconds wait{0};
  std::uint64_t ticket = 0;
};

/// What to do, and with which replica.
struct Step {
  Action action = Action::nothing;
  std::size_t slot = 0;
};

class Life {
 public:
  using Ticket = std::uint64_t;
  using Time = BackOff::Clock::time_point;

  // What the owner says.
  /// Another deployment is the wanted one; nothing is built of it yet. What is wanted of the Space stays.
  void deploy();
  /// Another deployment is the wanted one, whose image is there already.
  void roll_back();
  /// New containers of the newest image, also out of an error.
  void restart();
  void set_want(Want want) noexcept { want_ = want; }
  /// How deep it rests while it sleeps.
  void set_rest(Rest rest) noexcept { rest_ = rest; }
  /// How many replicas shall serve, at least 1.
  void set_replicas(std::size_t count);
  /// The wanted deployment is given up before it serves, and the one before it is wanted again (`deploy` undone): the one that
  /// serves, else the one whose image is `left`. Where there is neither, nothing is built until the owner says so.
  void go_back(bool left) noexcept;

  // What was found when `serve` began.
  void found(Image image) noexcept { image_ = image; }
  /// A container that runs and takes the traffic, or would if it were not `frozen`; `wanted`: it is one of the wanted deployment.
  void adopt(std::size_t slot, bool wanted, bool frozen = false) noexcept;

  // What the driver does, as `next_step` said.
  Ticket begin_build() noexcept;
  void cancel_build() noexcept;
  Ticket begin_start(std::size_t slot) noexcept;
  void discard_next(std::size_t slot) noexcept { slots_[slot].next = Next::none; }
  void switch_over(std::size_t slot) noexcept;
  void stop_serving(std::size_t slot) noexcept;
  /// The gateway holds what comes, and nobody is being served.
  void quiesced() noexcept { power_ = Power::quiet; }
  /// It does not hold: somebody is being served. The Space stays awake.
  void busy() noexcept;
  void froze() noexcept { power_ = Power::frozen; }
  /// What serves cannot be frozen: it is stopped instead.
  void cannot_freeze() noexcept { rest_ = Rest::stopped; }
  void woke() noexcept { power_ = Power::awake; }

  // What happened.
  /// The engine took it along, and nobody knows whether it would have succeeded: it is built again.
  void build_lost(Ticket build) noexcept;
  /// False: nobody waits for this build any more.
  bool build_ended(Ticket build, bool built) noexcept;
  /// What serves is what was built: nothing has to start anew.
  void keep() noexcept;
  /// The container of this start answers. False: nobody waits for it any more, remove it.
  bool start_ready(Ticket start) noexcept;
  Verdict start_failed(Ticket start, Time now);
  /// The container that takes the traffic in this slot is gone.
  Verdict serving_ended(std::size_t slot, Time now);
  /// A container of this slot was ended because it took more than it may: the one that takes the traffic, or the one that starts.
  /// False: it was of no matter, for another is on its way to take over.
  bool evicted(std::size_t slot, bool serving) noexcept;
  void back_off_over(Ticket back_off) noexcept;
  void engine(Engine engine) noexcept { engine_ = engine; }

  /// Is this build or start still the one that is waited for?
  bool build_wanted(Ticket build) const noexcept { return image_ == Image::building && build == build_ticket_; }
  bool start_wanted(Ticket start) const noexcept { return slot_of(start) != slots_.size(); }

  /// The wanted deployment has no image and will have none, or does not start: what serves is all there is.
  bool hopeless() const noexcept;

  Want want() const noexcept { return want_; }
  Rest rest() const noexcept { return rest_; }
  Power power() const noexcept { return power_; }
  Engine engine() const noexcept { return engine_; }
  /// The replicas that are wanted; `slots` may be more, while others are on their way out.
  std::size_t replicas() const noexcept { return replicas_; }
  std::size_t slots() const noexcept { return slots_.size(); }
  /// All replicas in one picture, from which the stage follows.
  Observed observed() const noexcept;
  Step next_step() const noexcept;
  Stage stage() const noexcept { return supervise::stage(want_, observed()); }

 private:
  struct Slot {
    Next next = Next::none;
    Starts starts = Starts::allowed;
    std::uint64_t serving_revision = 0;  ///< of the container that takes the traffic; 0: there is none
    Ticket start_ticket = 0;
    Ticket back_off_ticket = 0;
    BackOff back_off;
  };

  Serving serving(const Slot& slot) const noexcept;
  Observed observed(const Slot& slot) const noexcept;
  Action action(std::size_t slot) const noexcept;
  bool may_start(std::size_t slot) const noexcept;
  bool any_serves(std::size_t slots) const noexcept;
  /// `slots()` when nobody waits for this start.
  std::size_t slot_of(Ticket start) const noexcept;
  void nobody_serves(Slot& slot) noexcept;
  Verdict after_crash(Slot& slot, Time now);

  Want want_ = Want::running;
  Rest rest_ = Rest::frozen;
  Power power_ = Power::awake;
  Image image_ = Image::none;
  Engine engine_ = Engine::answers;
  std::uint64_t revision_ = 2;  ///< grows with every wish for new containers
  bool proven_ = false;         ///< a container of this revision has answered
  bool hopeless_ = false;       ///< the first one did not
  std::size_t replicas_ = 1;
  std::vector<Slot> slots_{1};
  Ticket build_ticket_ = 0;
  Ticket last_ticket_ = 0;  ///< of starts and back-offs
};

}  // namespace runtime::supervise
