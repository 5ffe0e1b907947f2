#pragma once
// A timer of Asio's, for threads that sleep there. What a worker serves has deadlines (`deadline.hpp`), which cost less and are coarser.

#include <boost/asio/basic_waitable_timer.hpp>

#include "gateway/net/completion.hpp"
#include "gateway/net/deadline.hpp"
#include "gateway/net/worker.hpp"

namespace gw::net {

class Timer {
 public:
  explicit Timer(Worker& worker) : timer_(worker.context()) {}

  /// co_await it: suspends the caller for `time`. False: somebody has cancelled it. One may wait at a time: a second wait ends the first.
  Task<bool> wait(Duration time) {
    timer_.expires_after(time);
    const auto error = co_await Completion(Start{timer_});
    co_return !error;
  }

  void cancel() { timer_.cancel(); }

 private:
  using Asio = asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor>;
  struct Start {
    Asio& timer;
    template <class Handler>
    void operator()(Handler&& done) const {
      timer.async_wait(std::forward<Handler>(done));
    }
  };

  Asio timer_;
};

}  // namespace gw::net
