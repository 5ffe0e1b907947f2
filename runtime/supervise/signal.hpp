#pragma once
// Waiting for "something changed" on one thread. One may wait at a time: a second wait would end the first. Whoever raises it
// is never re-entered.

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <chrono>

#include "gateway/net/task.hpp"
#include "gateway/net/worker.hpp"

namespace runtime::supervise {

class Signal {
 public:
  explicit Signal(gw::net::Worker& worker) : timer_(worker.context()) {}

  /// Resumes whoever waits now. A raise without a waiter is not remembered: look first, then wait.
  void raise() { timer_.cancel(); }

  /// Until `raise`, for at most `patience`.
  gw::net::Task<> wait(std::chrono::milliseconds patience = std::chrono::hours(24)) {
    timer_.expires_after(patience);
    co_await timer_.async_wait(boost::asio::as_tuple(gw::net::use_task));
  }

 private:
  using Clock = std::chrono::steady_clock;
  boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>, gw::net::Executor> timer_;
};

/// Waits for a while.
inline gw::net::Task<> pause_for(gw::net::Worker& worker, std::chrono::milliseconds time) {
  Signal never(worker);
  co_await never.wait(time);
}

}  // namespace runtime::supervise
