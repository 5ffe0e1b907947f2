#include "gateway/net/worker.hpp"

#include <boost/asio/co_spawn.hpp>
#include <cstdio>
#include <exception>

namespace gw::net {

// UNSAFE_IO: the reactor of this context is used by its own thread only, so its descriptors need no lock; posting from
// other threads stays safe.
Worker::Worker() : context_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO), deadlines_(context_) {}

Worker::~Worker() = default;

void Worker::spawn(Task<> task) {
  asio::co_spawn(context_, std::move(task), [](std::exception_ptr error) {
    if (!error) return;
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& what) {
      std::fprintf(stderr, "bug: an exception left a coroutine: %s\n", what.what());
    } catch (...) {
      std::fprintf(stderr, "bug: an exception left a coroutine\n");
    }
  });
}

void Worker::run() { context_.run(); }

void Worker::stop() { context_.stop(); }

}  // namespace gw::net
