#pragma once
// The descriptors of one worker, under one epoll instance. A descriptor is registered once, edge-triggered; who owns it remembers
// what it was told. Asio's reactor asks the kernel again after every short read and
// takes each event through its queue: about an eighth of a small request.

#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <vector>

#include "gateway/net/descriptor.hpp"

namespace gw::net {

/// Whoever owns a descriptor and hears of it. Lives on its worker's thread.
class Pollable : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  /// `events` as epoll_wait(2) has them, or 0 for a turn that was asked for with `Poller::defer`. May destroy the owner.
  virtual void ready(std::uint32_t events) noexcept = 0;

 protected:
  ~Pollable() = default;
};

class Poller {
 public:
  enum class Trigger : std::uint8_t {
    readable,  ///< told once that it became readable; read until EAGAIN, or a short count on a stream. The peer's end is told apart
    both,      ///< likewise of writable. Told at once of a new socket: nothing to register those for that only write what fits
    level,  ///< told in every turn while it is readable
  };

  /// `nested`: another loop sleeps, watches `descriptor()` and calls `turn(0)`; it is woken for deferred work too.
  explicit Poller(bool nested);
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  /// From now on `owner` hears of `descriptor`. False: the system has no room for it.
  bool add(int descriptor, Pollable& owner, Trigger trigger = Trigger::readable) noexcept;
  /// From now on its owner hears of `both`, and at once of what is the case now.
  void hear_of_both(int descriptor) noexcept;
  /// Nobody hears of a descriptor that stays open.
  void remove(int descriptor) noexcept;
  /// Closes a descriptor that may have been added. The kernel forgets it then by itself; that saves a system call.
  void close(Descriptor descriptor) noexcept;

  /// Calls `ready(0)` of `who` in the next turn, unless it is destroyed before.
  void defer(Pollable& who) noexcept;

  /// Calls `ready(0)` of `who` at the end of this turn, or of the next when none is under way, unless it is destroyed before: for what
  /// several events of a turn add to, like the output of a connection that carries many streams.
  void at_end(Pollable& who) noexcept;

  /// Does what was deferred and what has happened, after waiting for that: for ever with -1. False: nothing happened.
  bool turn(int milliseconds) noexcept;
  /// How often `turn` was called: whoever gets a lot to do in one turn can notice and leave the rest for the next.
  std::uint64_t turns() const noexcept { return turns_; }

  /// Ends the wait in `turn`. From any thread.
  void wake() const noexcept;
  /// Readable when a turn has something to do.
  int descriptor() const noexcept { return epoll_.get(); }

 private:
  struct Entry {
    Pollable* owner = nullptr;
    std::uint32_t generation = 0;  ///< of its registration: a late event for a descriptor that was closed means nobody
  };
  using Deferred = boost::intrusive::list<Pollable, boost::intrusive::constant_time_size<false>>;

  static void run(Deferred& list) noexcept;

  Descriptor epoll_;
  Descriptor bell_;
  std::vector<Entry> owners_;  ///< by descriptor
  Deferred deferred_;
  Deferred at_end_;
  std::uint64_t turns_ = 0;
  std::uint32_t generation_ = 0;
  const bool nested_;
};

}  // namespace gw::net
