#pragma once
// Waiting for "something changed" on one thread. One may wait at a time: a second wait would end the first. Whoever raises it
// is never re-entered.

#include <chrono>

#include "gateway/net/timer.hpp"

namespace runtime::supervise {

class Signal {
 public:
  explicit Signal(gw::net::Worker& worker) : timer_(worker) {}

  /// Resumes whoever waits now. A raise without a waiter is not remembered: look first, then wait.
  void raise() { timer_.cancel(); }

  /// Until `raise`, for at most `patience`.
  gw::net::Task<> wait(std::chrono::milliseconds patience = std::chrono::hours(24)) { co_await timer_.wait(patience); }

 private:
  gw::net::Timer timer_;
};

/// Waits for a while.
inline gw::net::Task<> pause_for(gw::net::Worker& worker, std::chrono::milliseconds time) {
  Signal never(worker);
  co_await never.wait(time);
}

}  // namespace runtime::supervise
