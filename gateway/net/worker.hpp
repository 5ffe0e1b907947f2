#pragma once
// One thread's world: its io_context, its deadline wheel, its TLS settings-free state. A worker's data has no lock; other
// threads post to it.

#include <boost/asio/io_context.hpp>

#include "gateway/net/buffer.hpp"
#include "gateway/net/deadline.hpp"
#include "gateway/net/task.hpp"

namespace gw::net {

class Worker {
 public:
  Worker();
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  asio::io_context& context() noexcept { return context_; }
  Executor executor() noexcept { return context_.get_executor(); }
  DeadlineWheel& deadlines() noexcept { return deadlines_; }
  BufferPool& buffers() noexcept { return buffers_; }

  /// Starts a coroutine that nobody awaits. An exception that leaves it is a bug of ours: it is logged and swallowed.
  void spawn(Task<> task);

  /// Runs until `stop` or until nothing is left to do.
  void run();
  void stop();

 private:
  BufferPool buffers_;  // first: the coroutines that end with the context hold streams
  asio::io_context context_;
  DeadlineWheel deadlines_;
};

}  // namespace gw::net
