#pragma once
// Exact times for coroutines of one worker: a heap under one timer of the kernel's. The wheel of deadlines (`net/deadline`) is good to
// 100 ms, which is more than most delays that are served here.

#include <vector>

#include "gateway/net/task.hpp"
#include "gateway/net/worker.hpp"
#include "loadtest/service/clock.hpp"

namespace loadtest::service {

/// Lives on its worker's thread.
class Alarm final : private gw::net::Pollable {
 public:
  explicit Alarm(gw::net::Worker& worker);
  ~Alarm();
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  class Wait {
   public:
    Wait(Alarm& alarm, Nanoseconds at) noexcept : alarm_(alarm), at_(at) {}
    bool await_ready() const noexcept { return alarm_.stopped_ || at_ <= steady_now(); }
    template <class P>
    void await_suspend(std::coroutine_handle<P> who) {
      alarm_.add(at_, gw::net::Resumption(who));
    }
    void await_resume() const noexcept {}

   private:
    Alarm& alarm_;
    Nanoseconds at_;
  };

  /// co_await it: suspends the caller until the steady clock says `at`, never less. That time is over, or `stop` was called: not at all.
  Wait until(Nanoseconds at) noexcept { return Wait(*this, at); }

  /// Resumes everybody at once, now and from now on.
  void stop() noexcept;

 private:
  struct Entry {
    Nanoseconds at;
    std::uint64_t number;  ///< who came first goes first
    gw::net::Resumption who;
    friend bool operator<(const Entry& a, const Entry& b) noexcept { return a.at != b.at ? a.at > b.at : a.number > b.number; }
  };

  void ready(std::uint32_t events) noexcept override;
  void add(Nanoseconds at, gw::net::Resumption who);
  void arm() noexcept;
  gw::net::Resumption take_first() noexcept;

  gw::net::Poller& poller_;
  gw::net::Descriptor timer_;
  std::vector<Entry> heap_;
  std::uint64_t next_number_ = 0;
  bool stopped_ = false;
};

}  // namespace loadtest::service
