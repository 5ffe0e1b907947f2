#include "gateway/net/worker.hpp"

#include <fcntl.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detail/call_stack.hpp>
#include <boost/asio/detail/thread_context.hpp>
#include <boost/asio/detail/thread_info_base.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <cstdio>
#include <exception>

namespace gw::net {
namespace {

// A lookup that hangs must not make the next ones wait.
constexpr std::size_t blocking_threads = 4;

// Asio 1.81 recycles the frames of coroutines only while it finds this on the thread's stack, which it puts there inside `run` and `poll`.
// Our turns are outside: without it a keep-alive request allocates 18 frames (callgrind: 27,800 instructions, 23,300 with it).
// The names are Asio's own business; should a later one change them, leaving this out costs only speed.
using AsioThread = asio::detail::call_stack<asio::detail::thread_context, asio::detail::thread_info_base>::context;

}  // namespace

// UNSAFE_IO: the reactor of this context is used by its own thread only, so its descriptors need no lock; posting from
// other threads stays safe.
Worker::Worker(Sleeps sleeps)
    : poller_(sleeps == Sleeps::in_asio), context_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO), deadlines_(poller_) {
  if (sleeps != Sleeps::in_asio) return;
  nested_.emplace(context_, ::fcntl(poller_.descriptor(), F_DUPFD_CLOEXEC, 0));
  watch_poller();
}

Worker::~Worker() {
  if (blocking_) blocking_->join();
}

void Worker::watch_poller() {
  nested_->async_wait(asio::posix::descriptor_base::wait_read, [this](const boost::system::error_code& error) {
    if (error) return;
    poller_.turn(0);
    watch_poller();
  });
}

void Worker::spawn(Task<> task) {
  asio::co_spawn(context_, std::move(task), [](const std::exception_ptr& error) {
    if (error) report_bug(error);
  });
}

void Worker::report_bug(const std::exception_ptr& error) noexcept {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& what) {
    std::fprintf(stderr, "bug: an exception left a coroutine: %s\n", what.what());
  } catch (...) {
    std::fprintf(stderr, "bug: an exception left a coroutine\n");
  }
}

void Worker::post(std::function<void()> job) {
  asio::post(context_, std::move(job));
  poller_.wake();
}

asio::thread_pool& Worker::blocking() {
  if (!blocking_) blocking_.emplace(blocking_threads);
  return *blocking_;
}

void Worker::run() {
  // A worker lives until it is told to stop, also while it has nothing to do.
  const auto busy = asio::make_work_guard(context_);
  if (nested_) {
    context_.run();
    return;
  }
  asio::detail::thread_context here;
  asio::detail::thread_info_base memory;
  const AsioThread recycles(&here, memory);
  for (;;) {
    context_.poll();
    if (context_.stopped()) return;
    poller_.turn(-1);
  }
}

bool Worker::run_ready() {
  if (context_.stopped()) context_.restart();
  const bool posted = context_.poll() != 0;
  return (!nested_ && poller_.turn(0)) || posted;
}

void Worker::stop() {
  context_.stop();
  poller_.wake();
}

}  // namespace gw::net
