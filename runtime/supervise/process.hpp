#pragma once
// A program beside ours (gateway, dialer) that must always run: found by its socket and adopted, or started; started again
// when it dies. It outlives us if we crash. Main thread.

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "runtime/supervise/signal.hpp"

namespace runtime::supervise {

class Process {
 public:
  struct Settings {
    std::string name;                  ///< for people
    std::vector<std::string> command;  ///< the program's path first
    std::filesystem::path log;         ///< standard output and error are added to it
    std::filesystem::path socket;      ///< where it answers
    bool packets = false;              ///< its socket is SOCK_SEQPACKET
    /// Listening sockets that it gets as systemd passes them (sd_listen_fds(3)); they stay ours, and stay open while it is
    /// down: who connects meanwhile waits in their queue and is not refused. Asked when it is started, not when adopted.
    std::function<std::vector<int>()> listeners;
  };
  /// Called whenever a new one answers, also for the first.
  using Started = std::function<gw::net::Task<>()>;
  using Feed = std::function<gw::net::Task<bool>(std::string socket)>;
  using LetGo = std::function<gw::net::Task<>(std::string socket)>;

  Process(gw::net::Worker& worker, Settings settings) : worker_(worker), settings_(std::move(settings)) {}

  /// Adopts or starts it; false when it did not answer within 5 seconds.
  gw::net::Task<bool> begin();
  /// Looks after it until `stop`; spawn it once `begin` succeeded.
  gw::net::Task<> keep(Started started);
  /// SIGTERM, then waits up to `patience`, then SIGKILL.
  gw::net::Task<> stop(std::chrono::milliseconds patience);
  /// Another one takes its place on the same sockets. It is started beside it and answers on a socket of its own; `feed` tells it
  /// everything there, then it gets the place of the one before, who is told by `let_go` on another name of his socket. Empty: done.
  /// Else a sentence, and the one before goes on.
  gw::net::Task<std::string> succeed(Feed feed, LetGo let_go);
  /// Does it run from another file than a new one would be started from?
  bool outdated() const;
  /// Makes it read its file again.
  void reload() const;
  bool adopted() const noexcept { return adopted_; }
  pid_t pid() const noexcept { return pid_; }

 private:
  bool start();
  bool ended();
  void end_half_made() const;
  std::filesystem::path next_socket() const;
  gw::net::Task<bool> answers(const std::filesystem::path& socket, pid_t pid);
  gw::net::Task<std::string> bring_up(pid_t pid, std::filesystem::path socket, Feed feed);

  gw::net::Worker& worker_;
  Settings settings_;
  pid_t pid_ = 0;
  bool adopted_ = false;
  bool stopping_ = false;
  bool succeeding_ = false;
  std::vector<pid_t> leaving_;  ///< those before, to be reaped
};

/// The process that listens on a UNIX socket (SO_PEERCRED of a connection to it); 0: nobody does.
pid_t listener_of(const std::filesystem::path& socket, bool packets);

/// Starts a program in a session of its own with only the three standard descriptors and, from 3 on, `listeners` (with
/// LISTEN_FDS and LISTEN_PID as sd_listen_fds(3) has them); 0 when it cannot be started.
pid_t spawn_program(const std::vector<std::string>& command, const std::filesystem::path& log,
                    const std::vector<int>& listeners = {});

/// A program that was installed beside this one.
std::filesystem::path sibling_program(const std::string& name);

}  // namespace runtime::supervise
