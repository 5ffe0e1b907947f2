#pragma once
// Who may do something of which only so much is done at a time (builds, starts); first come, first served. Main thread.

#include <algorithm>
#include <cstdint>
#include <deque>

#include "runtime/supervise/signal.hpp"

namespace runtime::supervise {

class Turns {
 public:
  explicit Turns(unsigned at_once) : at_once_(at_once), free_(at_once) {}

  /// Where a newcomer stands in the queue.
  enum class Place : std::uint8_t { last, first };

  /// A place in the queue, then the turn itself; its end gives it back. Must not outlive the turns.
  class Turn {
   public:
    Turn(Turns& turns, gw::net::Worker& worker, Place place = Place::last) : turns_(turns), changed_(worker) {
      turns_.waiting_.insert(place == Place::first ? turns_.waiting_.begin() : turns_.waiting_.end(), this);
    }
    ~Turn() {
      if (taken_)
        ++turns_.free_;
      else
        std::erase(turns_.waiting_, this);
      turns_.tell_first();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    /// Takes it if it is ours; true from then on.
    bool take() {
      if (taken_ || turns_.free_ == 0 || turns_.halted_ || turns_.waiting_.front() != this) return taken_;
      turns_.waiting_.pop_front();
      --turns_.free_;
      taken_ = true;
      turns_.tell_first();
      return true;
    }
    /// How many are under way or come before us; 0: it is ours, or may be taken as soon as nothing halts all.
    std::size_t ahead() const {
      if (taken_) return 0;
      const auto me = std::find(turns_.waiting_.begin(), turns_.waiting_.end(), this);
      const auto before = static_cast<std::size_t>(me - turns_.waiting_.begin());
      return before < turns_.free_ ? 0 : turns_.at_once_ - turns_.free_ + before;
    }
    /// Until it may be ours, for at most `patience`.
    gw::net::Task<> wait(std::chrono::milliseconds patience) { return changed_.wait(patience); }

   private:
    friend class Turns;
    Turns& turns_;
    Signal changed_;
    bool taken_ = false;
  };

  /// Is nobody under way, and does nobody wait?
  bool idle() const noexcept { return free_ == at_once_ && waiting_.empty(); }

  bool halted() const noexcept { return halted_; }
  /// Nobody takes a turn while it lives. One at a time; must not outlive the turns.
  class Halt {
   public:
    explicit Halt(Turns& turns) : turns_(turns) { turns_.halted_ = true; }
    ~Halt() {
      turns_.halted_ = false;
      turns_.tell_first();
    }
    Halt(const Halt&) = delete;
    Halt& operator=(const Halt&) = delete;

   private:
    Turns& turns_;
  };

 private:
  void tell_first() {
    if (!halted_ && free_ != 0 && !waiting_.empty()) waiting_.front()->changed_.raise();
  }

  unsigned at_once_;
  unsigned free_;
  bool halted_ = false;
  std::deque<Turn*> waiting_;
};

}  // namespace runtime::supervise
