#pragma once
// What ends a command before or instead of its result, and with which exit code.

#include <stdexcept>
#include <string>

namespace loadtest::command {

/// Exit codes. 99 is k6's for a broken threshold, which continuous integration knows.
enum class Exit : int {
  ok = 0,
  failed = 1,         ///< a file could not be written, a Space did not do what it was told
  usage = 2,          ///< flags or files that were given are wrong
  unreachable = 3,    ///< not one connection could be made
  invalid = 4,        ///< the generator was the limit: the numbers are not the server's
  broken = 99,        ///< a service level objective was not held
  interrupted = 130,  ///< Ctrl-C; what was measured until then has been reported
};

/// Thrown by commands on the main thread, never where load is made.
class Mistake : public std::runtime_error {
 public:
  /// `next` is what to do about it; may be empty.
  explicit Mistake(const std::string& what, std::string next = {}, Exit code = Exit::usage)
      : std::runtime_error(what), next_(std::move(next)), code_(code) {}
  const std::string& next() const noexcept { return next_; }
  Exit code() const noexcept { return code_; }

 private:
  std::string next_;
  Exit code_;
};

}  // namespace loadtest::command
