#pragma once
// Waiting for what Asio completes: timers and signals of the main threads. Workers wait for sockets without it (`poller`).

#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>
#include <utility>

#include "gateway/net/task.hpp"

namespace gw::net {

namespace asio = boost::asio;

using Executor = asio::io_context::executor_type;

/// co_await it: `start` is called with a completion handler; the result is that handler's error code.
template <class Start>
class Completion {
 public:
  explicit Completion(Start start) : start_(std::move(start)) {}

  bool await_ready() const noexcept { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> who) {
    start_(Handler{Resumption(who), &error_});
  }
  boost::system::error_code await_resume() const noexcept { return error_; }

 private:
  struct Handler {
    Resumption who;
    boost::system::error_code* error;
    template <class... Rest>
    void operator()(boost::system::error_code told, Rest&&...) {
      *error = told;
      who.resume();
    }
    void operator()() { who.resume(); }
  };

  Start start_;
  boost::system::error_code error_;
};

}  // namespace gw::net
