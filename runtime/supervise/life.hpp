#pragma once
// The life of one Space as a state machine without clock and I/O: what its owner says, what was done and what happened go
// in, the next action comes out (`decide`). Whatever takes time (a build, a start, a back-off) gets a ticket, and its end is
// believed only while the ticket is the newest: a late word about something nobody wants any more changes nothing.

#include <chrono>
#include <cstdint>

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

class Life {
 public:
  using Ticket = std::uint64_t;
  using Time = BackOff::Clock::time_point;

  // What the owner says.
  /// Another deployment is the wanted one; nothing is built of it yet. What is wanted of the Space stays.
  void deploy();
  /// Another deployment is the wanted one, whose image is there already.
  void roll_back();
  /// A new container of the newest image, also out of an error.
  void restart();
  void set_want(Want want) noexcept { want_ = want; }
  /// The wanted deployment is given up before it serves, and the one before it is wanted again (`deploy` undone): the one that
  /// serves, else the one whose image is `left`. Where there is neither, nothing is built until the owner says so.
  void go_back(bool left) noexcept;

  // What was found when `serve` began.
  void found(Image image) noexcept { image_ = image; }
  /// A container that runs and takes the traffic; `wanted`: it is one of the wanted deployment.
  void adopt(bool wanted) noexcept;

  // What the driver does, as `next_action` said.
  Ticket begin_build() noexcept;
  void cancel_build() noexcept;
  Ticket begin_start() noexcept;
  void discard_next() noexcept { next_ = Next::none; }
  void switch_over() noexcept;
  void stop_serving() noexcept { serving_revision_ = 0; }

  // What happened.
  /// False: nobody waits for this build any more.
  bool build_ended(Ticket build, bool built) noexcept;
  /// The container of this start answers. False: nobody waits for it any more, remove it.
  bool start_ready(Ticket start) noexcept;
  Verdict start_failed(Ticket start, Time now);
  /// The container that takes the traffic is gone.
  Verdict serving_ended(Time now);
  void back_off_over(Ticket back_off) noexcept;
  void engine(Engine engine) noexcept { engine_ = engine; }

  /// Is this build or start still the one that is waited for?
  bool build_wanted(Ticket build) const noexcept { return image_ == Image::building && build == build_ticket_; }
  bool start_wanted(Ticket start) const noexcept { return next_ == Next::starting && start == start_ticket_; }

  Want want() const noexcept { return want_; }
  Engine engine() const noexcept { return engine_; }
  Observed observed() const noexcept;
  Action next_action() const noexcept { return decide(want_, observed()); }
  Stage stage() const noexcept { return supervise::stage(want_, observed()); }

 private:
  Verdict after_crash(Time now);

  Want want_ = Want::running;
  Image image_ = Image::none;
  Next next_ = Next::none;
  Starts starts_ = Starts::allowed;
  Engine engine_ = Engine::answers;
  std::uint64_t revision_ = 2;          ///< grows with every wish for a new container
  std::uint64_t serving_revision_ = 0;  ///< of the container that takes the traffic; 0: there is none
  bool proven_ = false;                 ///< a container of this revision has answered
  Ticket build_ticket_ = 0;
  Ticket start_ticket_ = 0;
  Ticket back_off_ticket_ = 0;
  BackOff back_off_;
};

}  // namespace runtime::supervise
