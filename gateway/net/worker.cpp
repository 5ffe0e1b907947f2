#include "gateway/net/worker.hpp"

#include <fcntl.h>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <cstdio>
#include <exception>

namespace gw::net {
namespace {

// A lookup that hangs must not make the next ones wait.
constexpr std::size_t blocking_threads = 4;

// Long against the turns of a busy worker, short against what an operator notices.
constexpr Duration sweep_every{300};

// Whoever runs a task that nobody awaits.
Detached run_alone(Task<> task) {
  try {
    co_await std::move(task);
  } catch (...) {
    Worker::report_bug(std::current_exception());
  }
}

Detached run_job(Job& job) {
  try {
    co_await job.run();
  } catch (...) {
    Worker::report_bug(std::current_exception());
  }
}

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
  asio::dispatch(context_, [task = std::move(task)]() mutable { run_alone(std::move(task)); });
}

void Worker::start(Job& job) { run_job(job); }

void Worker::Sweeper::begin() noexcept {
  if (!armed()) expires_in(sweep_every);
}

void Worker::Sweeper::expired() noexcept {
  if (pool_.sweep()) expires_in(sweep_every);
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
