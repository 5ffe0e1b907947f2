#pragma once
// One coroutine waiting for one event on its own thread. What `any_completion_handler` would do, without its type
// erasure (and without its move assignment, which recurses for ever in Boost 1.81).

#include <boost/asio/async_result.hpp>
#include <optional>
#include <utility>

#include "gateway/net/task.hpp"

namespace gw::net {

class Waiter {
 public:
  /// Suspends the caller until `notify`. One waiter at a time.
  auto wait() {
    return asio::async_initiate<const asio::use_awaitable_t<Executor>&, void()>(
        [this](auto&& handler) { handler_.emplace(std::forward<decltype(handler)>(handler)); }, use_task);
  }

  bool waiting() const noexcept { return handler_.has_value(); }

  /// Resumes the waiting coroutine at once, inside this call; `this` may be gone when it returns. Nobody waits: nothing.
  void notify() {
    if (!handler_) return;
    Handler handler = std::move(*handler_);
    handler_.reset();
    std::move(handler)();
  }

 private:
  using Handler = typename asio::async_result<asio::use_awaitable_t<Executor>, void()>::handler_type;
  std::optional<Handler> handler_;
};

}  // namespace gw::net
