#include "gateway/control/successor.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "gateway/net/descriptor.hpp"
#include "gateway/net/timer.hpp"

namespace gw::control {
namespace {

// It reads its file and its certificates; names in the file are not looked up.
constexpr std::chrono::seconds patience{30};
constexpr std::chrono::milliseconds look{10};

}  // namespace

net::Task<std::string> Successor::begin() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) co_return "there is no descriptor left";
  const net::Descriptor hears(ends[0]);
  net::Descriptor tells(ends[1]);
  start_.ready = tells.get();
  pid_ = net::start_program(start_);
  // Its copy is the only one now: when it ends, so does the pipe.
  tells.reset();
  if (pid_ == 0) co_return start_.command.front() + " cannot be started";
  net::Timer timer(main_);
  const auto end = net::Clock::now() + patience;
  for (;;) {
    char word = 0;
    const auto n = ::read(hears.get(), &word, 1);
    if (n == 1) co_return std::string();
    if (n == 0) co_return how_it_ended();
    if (net::Clock::now() >= end) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
      co_return "the new process did not serve within " + std::to_string(patience.count()) + " s";
    }
    co_await timer.wait(look);
  }
}

// It has closed its end, which it does when it is ready or dead.
std::string Successor::how_it_ended() const {
  int status = 0;
  ::waitpid(pid_, &status, 0);
  if (WIFSIGNALED(status)) return "the new process was ended by signal " + std::to_string(WTERMSIG(status));
  return "the new process ended with code " + std::to_string(WEXITSTATUS(status)) + " before it served; it says why above";
}

std::string own_program(const char* argv0) {
  namespace fs = std::filesystem;
  std::error_code error;
  // A link is kept as one: an upgrade may change where it leads.
  if (const fs::path named(argv0 == nullptr ? "" : argv0); named.has_parent_path()) return fs::absolute(named, error);
  return fs::read_symlink("/proc/self/exe", error);
}

}  // namespace gw::control
