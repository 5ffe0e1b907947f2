#include "loadtest/command/interrupt.hpp"

#include <unistd.h>

#include <ctime>

#include "loadtest/command/mistake.hpp"

namespace loadtest::command {

Interrupt::Interrupt() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  thread_ = std::jthread([this](const std::stop_token& end) { listen(end); });
}

Interrupt::~Interrupt() {
  thread_.request_stop();
  thread_.join();
}

void Interrupt::listen(const std::stop_token& end) {
  // sigtimedwait(2) cannot be woken by a token: it looks up five times a second.
  const timespec look{0, 200'000'000};
  while (!end.stop_requested()) {
    if (sigtimedwait(&signals_, nullptr, &look) < 0) continue;
    if (told_.stop_requested()) ::_exit(static_cast<int>(Exit::interrupted));
    told_.request_stop();
  }
}

}  // namespace loadtest::command
