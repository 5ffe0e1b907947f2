#pragma once
// One coroutine waiting for one event on its own thread.

#include "gateway/net/task.hpp"

namespace gw::net {

class Waiter {
 public:
  class Wait {
   public:
    explicit Wait(Waiter& waiter) noexcept : waiter_(waiter) {}
    bool await_ready() const noexcept { return false; }
    template <class P>
    void await_suspend(std::coroutine_handle<P> who) noexcept {
      waiter_.waiting_ = Resumption(who);
    }
    void await_resume() const noexcept {}

   private:
    Waiter& waiter_;
  };

  /// Suspends the caller until `notify`. One waiter at a time.
  Wait wait() noexcept { return Wait(*this); }

  bool waiting() const noexcept { return static_cast<bool>(waiting_); }

  /// Resumes the waiting coroutine at once, inside this call; `this` may be gone when it returns. Nobody waits: nothing.
  void notify() noexcept {
    if (!waiting_) return;
    Resumption who = std::move(waiting_);
    who.resume();
  }

 private:
  Resumption waiting_;
};

}  // namespace gw::net
