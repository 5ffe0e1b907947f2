#pragma once
// Connections of slow clients that go on later.

#include <boost/intrusive/set.hpp>
#include <limits>

#include "loadtest/measure/sample.hpp"

namespace loadtest::drive {

/// Whoever naps. Leaves when it is destroyed.
class Napper {
 public:
  /// Its time has come.
  virtual void woken() noexcept = 0;

  virtual ~Napper() = default;

 private:
  friend class Naps;
  boost::intrusive::set_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> hook_;
  measure::Nanoseconds until_ = 0;
};

/// Those of one thread, the next to wake first. Nothing is allocated.
class Naps {
 public:
  /// Wakes `who` then, or when it was to be woken before, whichever is sooner.
  void add(Napper& who, measure::Nanoseconds until) noexcept {
    if (who.hook_.is_linked()) {
      if (who.until_ <= until) return;
      who.hook_.unlink();
    }
    who.until_ = until;
    order_.insert(who);
  }
  /// When the next is to be woken.
  measure::Nanoseconds next() const noexcept {
    return order_.empty() ? std::numeric_limits<measure::Nanoseconds>::max() : order_.begin()->until_;
  }
  /// Wakes those whose time has come, and no more than `most`: what is due must not wait for all of them.
  void wake(measure::Nanoseconds now, unsigned most) noexcept {
    for (; most != 0 && next() <= now; --most) {
      Napper& who = *order_.begin();
      who.hook_.unlink();
      who.woken();
    }
  }

 private:
  struct Sooner {
    bool operator()(const Napper& a, const Napper& b) const noexcept { return a.until_ < b.until_; }
  };
  boost::intrusive::multiset<
      Napper,
      boost::intrusive::member_hook<
          Napper, boost::intrusive::set_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>,
          &Napper::hook_>,
      boost::intrusive::compare<Sooner>, boost::intrusive::constant_time_size<false>>
      order_;
};

}  // namespace loadtest::drive
