#pragma once
// A `serve` that `up` started because none answered: it belongs to this `up` until it is let go.

#include <sys/types.h>

#include "runtime/cli/client.hpp"
#include "runtime/cli/interrupt.hpp"
#include "runtime/cli/options.hpp"

namespace runtime::cli {

class OwnServe {
 public:
  OwnServe(const Common& common, const UpOptions& options);
  /// Stops it, when it still belongs to us.
  ~OwnServe();
  OwnServe(const OwnServe&) = delete;
  OwnServe& operator=(const OwnServe&) = delete;

  /// Starts one if none answers, and waits until it does. Throws Trouble, and Interrupted; nothing runs then.
  void begin(const Interrupt& interrupt);
  /// Did we start one?
  bool started() const noexcept { return pid_ != 0; }
  /// It goes on without us.
  void let_go() noexcept { pid_ = 0; }
  /// Ends it with everything that it started, and waits for that.
  void stop();

 private:
  bool ended();

  const Common& common_;
  const UpOptions& options_;
  state::Layout layout_;
  Client client_;  ///< hears of no interrupt: what stops things is not itself broken off
  pid_t pid_ = 0;
};

}  // namespace runtime::cli
