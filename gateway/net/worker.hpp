#pragma once
// One thread's world: its descriptors, its queue, its deadline wheel, its buffers. A worker's data has no lock; other threads
// post to it.

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <optional>

#include "gateway/net/buffer.hpp"
#include "gateway/net/completion.hpp"
#include "gateway/net/deadline.hpp"
#include "gateway/net/job.hpp"
#include "gateway/net/poller.hpp"
#include "gateway/net/task.hpp"
#include "gateway/net/ticket_keys.hpp"

namespace gw::net {

class Worker {
 public:
  /// Where the thread sleeps when there is nothing to do.
  enum class Sleeps : std::uint8_t {
    in_asio,    ///< Asio's own timers, signals and sockets may be used beside ours; two more system calls when woken
    in_poller,  ///< one system call a turn. Asio is coroutines and a queue only; other threads use `post`
  };

  explicit Worker(Sleeps sleeps = Sleeps::in_asio);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  asio::io_context& context() noexcept { return context_; }
  Executor executor() noexcept { return context_.get_executor(); }
  Poller& poller() noexcept { return poller_; }
  DeadlineWheel& deadlines() noexcept { return deadlines_; }
  BufferPool& buffers() noexcept { return buffers_; }
  /// Blocks of 24 KiB, for what lasts and is written to at its beginning mostly.
  BufferPool& blocks() noexcept { return blocks_; }
  /// What TLS sessions that begin here are resumed with; null: they are not. On the worker's thread, or before it runs.
  const std::shared_ptr<const TicketKeys>& ticket_keys() const noexcept { return ticket_keys_; }
  void use(std::shared_ptr<const TicketKeys> keys) noexcept { ticket_keys_ = std::move(keys); }

  /// Has a coroutine that nobody awaits begin, soon. An exception that leaves it is a bug of ours: it is logged and swallowed.
  void spawn(Task<> task);
  /// Begins `job` inside this call. It must live until its run ends.
  static void start(Job& job);
  /// Writes down an exception that nobody caught.
  static void report_bug(const std::exception_ptr& error) noexcept;

  /// Runs `job` on this worker's thread, soon. From any thread.
  void post(std::function<void()> job);

  /// Threads for calls that block (getaddrinfo(3)), made when first asked for. The worker's end waits for such calls.
  asio::thread_pool& blocking();

  /// Runs until `stop`.
  void run();
  /// One turn of the loop without waiting, for whoever turns it by hand. False: there was nothing to do.
  bool run_ready();
  /// From any thread.
  void stop();

 private:
  /// Has free pages given back a while after they were used last.
  class Sweeper final : public BufferPool::Sweeper, private Deadline {
   public:
    Sweeper(BufferPool& pool, DeadlineWheel& wheel) : Deadline(wheel), pool_(pool) { pool_.swept_by(*this); }

   private:
    void begin() noexcept override;
    void expired() noexcept override;
    BufferPool& pool_;
  };

  void watch_poller();

  std::shared_ptr<const TicketKeys> ticket_keys_;
  BufferPool buffers_;  // these two first: the coroutines that end with the context hold streams
  BufferPool blocks_{6 * BufferPool::page_size};
  Poller poller_;
  asio::io_context context_;
  DeadlineWheel deadlines_;
  std::optional<asio::posix::basic_stream_descriptor<Executor>> nested_;  ///< the poller, as Asio sees it
  std::optional<asio::thread_pool> blocking_;
  Sweeper buffer_sweeper_{buffers_, deadlines_};
  Sweeper block_sweeper_{blocks_, deadlines_};
};

}  // namespace gw::net
