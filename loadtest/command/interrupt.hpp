#pragma once
// Ctrl-C: the first ends the run and reports what there is, the second ends the program.

#include <csignal>
#include <stop_token>
#include <thread>

namespace loadtest::command {

/// From its construction on SIGINT and SIGTERM are caught. Make it before any thread: they inherit the mask.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  std::stop_token token() const noexcept { return told_.get_token(); }
  bool told() const noexcept { return told_.stop_requested(); }

 private:
  void listen(const std::stop_token& end);

  sigset_t signals_{};
  std::stop_source told_;
  std::jthread thread_;
};

}  // namespace loadtest::command
