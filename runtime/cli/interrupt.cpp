#include "runtime/cli/interrupt.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace runtime::cli {
namespace {

constexpr std::array signals{SIGINT, SIGTERM, SIGHUP, SIGPIPE};

volatile sig_atomic_t first_signal = 0;
int pipe_of_signals[2] = {-1, -1};

void remember(int signal) {
  const int error = errno;
  if (first_signal == 0) first_signal = signal;
  // One byte is enough for ever: nobody reads it.
  const ssize_t written = ::write(pipe_of_signals[1], "", 1);
  static_cast<void>(written);
  errno = error;
}

}  // namespace

Interrupt::Interrupt() {
  if (pipe_of_signals[0] < 0 && ::pipe2(pipe_of_signals, O_CLOEXEC | O_NONBLOCK) != 0)
    throw std::system_error(errno, std::generic_category(), "pipe");
  for (std::size_t i = 0; i != signals.size(); ++i) {
    struct sigaction action {};
    action.sa_handler = signals[i] == SIGPIPE ? SIG_IGN : remember;
    ::sigaction(signals[i], &action, &before_[i]);
    // nohup(1) means it.
    if (signals[i] == SIGHUP && before_[i].sa_handler == SIG_IGN) ::sigaction(SIGHUP, &before_[i], nullptr);
  }
}

Interrupt::~Interrupt() {
  for (std::size_t i = 0; i != signals.size(); ++i) ::sigaction(signals[i], &before_[i], nullptr);
}

int Interrupt::signal() const noexcept { return first_signal; }

int Interrupt::descriptor() const noexcept { return pipe_of_signals[0]; }

}  // namespace runtime::cli
