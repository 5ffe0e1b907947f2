#pragma once
// Work that blocks (a tool, a walk through folders), done beside the main thread.

#include <boost/asio/post.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "gateway/net/waiter.hpp"
#include "gateway/net/worker.hpp"

namespace runtime::isolation {

/// Runs `work` on a thread of its own kind and answers its result. It must end by itself, and must not throw.
template <class T>
gw::net::Task<T> aside(gw::net::Worker& worker, std::function<T()> work) {
  struct Shared {
    gw::net::Waiter waiter;
    std::optional<T> result;
  };
  const auto shared = std::make_shared<Shared>();
  boost::asio::post(worker.blocking(), [&worker, shared, work = std::move(work)]() mutable {
    T result = work();
    // Moved along: the last owner must be the worker's thread, where the waiter lives.
    worker.post([shared = std::move(shared), result = std::move(result)]() mutable {
      shared->result.emplace(std::move(result));
      shared->waiter.notify();
    });
  });
  co_await shared->waiter.wait();
  co_return std::move(*shared->result);
}

}  // namespace runtime::isolation
