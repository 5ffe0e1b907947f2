#pragma once
// Starts a program with sockets that are open already, as systemd does (sd_listen_fds(3)), and hears from it when it is ready.

#include <sys/types.h>

#include <string>
#include <vector>

namespace gw::net {

struct ProgramStart {
  std::vector<std::string> command;  ///< the program's path first
  std::vector<int> listeners;        ///< its descriptors from 3 on, with LISTEN_FDS and LISTEN_PID; they stay ours too
  int ready = -1;                    ///< the end of a pipe that `tell_ready` writes to; -1: nobody asks
  int output = -1;                   ///< its standard output and error; -1: ours
  bool own_session = false;          ///< signals from our terminal are none of its business
};

/// Starts it with only the three standard descriptors and those of `start`; 0 when it cannot be started.
pid_t start_program(const ProgramStart& start);

/// Tells whoever started us with a `ready` pipe, once, that we are ready. Nobody did: nothing. Main thread.
void tell_ready();

}  // namespace gw::net
