#pragma once
// The process that is to take our place: started, and waited for until it serves. Main thread.

#include <string>

#include "gateway/net/program.hpp"
#include "gateway/net/worker.hpp"

namespace gw::control {

class Successor {
 public:
  Successor(net::Worker& main, net::ProgramStart start) : main_(main), start_(std::move(start)) {}

  /// Starts it. Empty: it serves. Else a sentence that says why not, and nothing is left of it.
  net::Task<std::string> begin();
  pid_t pid() const noexcept { return pid_; }

 private:
  std::string how_it_ended() const;

  net::Worker& main_;
  net::ProgramStart start_;
  pid_t pid_ = 0;
};

/// What to start a successor from: the file that `argv[0]` names, which may be another one by then.
std::string own_program(const char* argv0);

}  // namespace gw::control
