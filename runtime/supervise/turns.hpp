#pragma once
// Who may do something of which only so much is done at a time (builds, starts); first come, first served. Main thread.

#include <algorithm>
#include <cstdint>
#include <deque>

#include "runtime/supervise/signal.hpp"

namespace runtime::supervise {

class Turns {
 public:
  explicit Turns(unsigned at_once) : free_(at_once) {}

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
      if (taken_ || turns_.free_ == 0 || turns_.waiting_.front() != this) return taken_;
      turns_.waiting_.pop_front();
      --turns_.free_;
      taken_ = true;
      turns_.tell_first();
      return true;
    }
    /// Until it may be ours, for at most `patience`.
    gw::net::Task<> wait(std::chrono::milliseconds patience) { return changed_.wait(patience); }

   private:
    friend class Turns;
    Turns& turns_;
    Signal changed_;
    bool taken_ = false;
  };

 private:
  void tell_first() {
    if (free_ != 0 && !waiting_.empty()) waiting_.front()->changed_.raise();
  }

  unsigned free_;
  std::deque<Turn*> waiting_;
};

}  // namespace runtime::supervise
