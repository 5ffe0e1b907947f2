#pragma once
// The program itself and containers for it: processes in network namespaces of their own. Needs root (CAP_SYS_ADMIN).

#include <arpa/inet.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "gateway/net/descriptor_passing.hpp"
#include "runtime/dialer/registrar.hpp"

namespace runtime::dialer {

using gw::net::Descriptor;

inline constexpr uid_t client_user = 64999;
inline const std::string id(64, 'a');

/// A process in a network namespace of its own that greets everybody who connects.
class Container {
 public:
  /// Without a text it greets with the address at which it was reached, which may be any of its own.
  Container(const std::string& text, int family = AF_INET) {
    std::array<int, 2> ready{};
    if (::pipe(ready.data()) != 0) std::abort();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      serve(ready[1], text, family);
    }
    ::close(ready[1]);
    if (::read(ready[0], &port_, sizeof port_) != sizeof port_) port_ = 0;
    ::close(ready[0]);
  }
  ~Container() { stop(); }
  Container(const Container&) = delete;
  Container& operator=(const Container&) = delete;

  void stop() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  pid_t pid() const { return pid_; }
  std::uint16_t port() const { return port_; }
  Inspect start(std::uint64_t generation) const {
    return [pid = pid_, generation] { return Start{id, generation, pid, "", {}}; };
  }

 private:
  static std::string address_of(int socket) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    std::array<char, INET_ADDRSTRLEN> text{};
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "?";
    return ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
  }
  [[noreturn]] static void serve(int ready, const std::string& text, int family) {
    if (::unshare(CLONE_NEWNET) != 0) ::_exit(1);
    const int control = ::socket(AF_INET, SOCK_DGRAM, 0);
    ifreq loopback{};
    std::memcpy(loopback.ifr_name, "lo", 3);
    loopback.ifr_flags = IFF_UP | IFF_RUNNING;
    if (::ioctl(control, SIOCSIFFLAGS, &loopback) != 0) ::_exit(1);
    const int listener = ::socket(family, SOCK_STREAM, 0);
    // The same port in every container: a connection that lands in the wrong one would be greeted, not refused.
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(7860);
    v4.sin_addr.s_addr = htonl(text.empty() ? INADDR_ANY : INADDR_LOOPBACK);
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(7860);
    v6.sin6_addr = IN6ADDR_LOOPBACK_INIT;
    const auto* address = family == AF_INET ? reinterpret_cast<sockaddr*>(&v4) : reinterpret_cast<sockaddr*>(&v6);
    if (::bind(listener, address, family == AF_INET ? sizeof v4 : sizeof v6) != 0 || ::listen(listener, 16) != 0) ::_exit(1);
    const std::uint16_t port = 7860;
    if (::write(ready, &port, sizeof port) != sizeof port) ::_exit(1);
    for (;;) {
      const int client = ::accept(listener, nullptr, nullptr);
      const std::string greeting = text.empty() ? address_of(client) : text;
      if (::send(client, greeting.data(), greeting.size(), MSG_NOSIGNAL) < 0) continue;
      ::close(client);
    }
  }
  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
};

/// Starts the program for each test and stops it.
class DialerProcess : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::geteuid(), 0u) << "needs root to enter network namespaces";
    std::string pattern = "/tmp/spaceport-test-dialer-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    ::chmod(folder_.c_str(), 0755);
    start_dialer();
  }
  void TearDown() override {
    stop_dialer();
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  /// `as` runs in its process before it begins, and takes its group along.
  void start_dialer(void (*as)() = nullptr) {
    std::array<int, 2> log{};
    ASSERT_EQ(::pipe(log.data()), 0);
    dialer_ = ::fork();
    if (dialer_ == 0) {
      ::dup2(log[1], STDERR_FILENO);
      ::close(log[0]);
      ::close(log[1]);
      const auto user = std::to_string(client_user);
      const std::array<gid_t, 2> groups{4, 24};
      if (::setgroups(groups.size(), groups.data()) != 0) ::_exit(126);
      if (as != nullptr) as();
      ::execl(SPACEPORT_DIALER, "spaceport-dialer", "--dialer-socket", asking().c_str(), "--registrar-socket",
              registering().c_str(), "--allow-uid", user.c_str(), "--allow-uid", "0", as == nullptr ? "--group" : nullptr,
              user.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(log[1]);
    log_.reset(log[0]);
    std::string said;
    char letter = 0;
    while (said.find("ready\n") == std::string::npos && ::read(log_.get(), &letter, 1) == 1) said += letter;
    ASSERT_TRUE(said.ends_with("spaceport-dialer: ready\n")) << said;
  }
  int stop_dialer() {
    if (dialer_ <= 0) return -1;
    ::kill(dialer_, SIGTERM);
    int status = 0;
    ::waitpid(dialer_, &status, 0);
    dialer_ = -1;
    return status;
  }
  /// Starts one more on the same sockets: its exit code, or 0 when it runs.
  int exit_of_another() const {
    const pid_t another = ::fork();
    if (another == 0) {
      ::close(STDERR_FILENO);
      ::execl(SPACEPORT_DIALER, "spaceport-dialer", "--dialer-socket", asking().c_str(), "--registrar-socket",
              registering().c_str(), "--allow-uid", "0", nullptr);
      ::_exit(127);
    }
    int status = 0;
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (::waitpid(another, &status, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() > until) return ::kill(another, SIGKILL), ::waitpid(another, &status, 0), 0;
      ::usleep(5'000);
    }
    return WEXITSTATUS(status);
  }
  bool alive() { return Registrar(registering()).ping().has_value(); }

  std::string asking() const { return folder_ + "/dialer.sock"; }
  std::string registering() const { return folder_ + "/registrar.sock"; }
  std::string status_field(const std::string& name) const {
    std::ifstream status("/proc/" + std::to_string(dialer_) + "/status");
    for (std::string line; std::getline(status, line);)
      if (line.starts_with(name + ":")) return line.substr(line.find_last_of(" \t") + 1);
    return "";
  }
  /// All that stands behind the name, without the blanks around it.
  std::string status_line(const std::string& name) const {
    std::ifstream status("/proc/" + std::to_string(dialer_) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (!line.starts_with(name + ":")) continue;
      const auto from = line.find_first_not_of(" \t", name.size() + 1);
      return from == std::string::npos ? "" : line.substr(from, line.find_last_not_of(" \t") + 1 - from);
    }
    return "?";
  }
  /// Whoever may not dump a process does not own its files below /proc either: root does.
  bool dumpable() const {
    struct stat file {};
    return ::stat(("/proc/" + std::to_string(dialer_) + "/environ").c_str(), &file) != 0 || file.st_uid != 0;
  }

  std::string folder_;
  pid_t dialer_ = -1;
  Descriptor log_;
};

}  // namespace runtime::dialer
