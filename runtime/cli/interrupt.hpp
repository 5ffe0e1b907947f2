#pragma once
// Ctrl-C as something that a command looks at, not the end of it in the middle of a step.

#include <signal.h>

#include <array>

namespace runtime::cli {

/// While one lives, SIGINT, SIGTERM and SIGHUP end nothing: they are remembered, system calls that wait return (EINTR), and
/// `descriptor` becomes readable. They may be nested. SIGPIPE is ignored meanwhile, so that a reader who is gone is an error
/// of a write. Programs that are started get neither (exec(3) resets handlers). Main thread.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  /// The first that came; 0: none.
  int signal() const noexcept;
  /// Readable once one has come; never read it.
  int descriptor() const noexcept;

 private:
  std::array<struct sigaction, 4> before_{};
};

/// Thrown where a command was interrupted and has nothing more to do than to say so.
struct Interrupted {
  int signal = 0;
};

/// What shells report: 128 + the signal.
constexpr int exit_code_of(int signal) noexcept { return 128 + signal; }

}  // namespace runtime::cli
