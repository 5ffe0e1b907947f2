#include "runtime/supervise/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "gateway/net/program.hpp"
#include "runtime/supervise/back_off.hpp"
#include "runtime/supervise/favour.hpp"

namespace runtime::supervise {

pid_t listener_of(const std::filesystem::path& socket, bool packets) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.string().size() >= sizeof(address.sun_path)) return 0;
  std::memcpy(address.sun_path, socket.c_str(), socket.string().size());
  const int fd = ::socket(AF_UNIX, (packets ? SOCK_SEQPACKET : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return 0;
  ucred peer{};
  socklen_t size = sizeof(peer);
  const bool known = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
                     ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
  ::close(fd);
  return known ? peer.pid : 0;
}

namespace {

// Nobody may be there to reap an adopted process, and a zombie still takes signals: its state tells (proc(5), field 3).
bool dead(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(in, line)) return true;
  const auto name_end = line.rfind(')');
  return name_end == line.npos || line.substr(name_end + 2, 1) == "Z";
}

}  // namespace

pid_t spawn_program(const std::vector<std::string>& command, const std::filesystem::path& log,
                    const std::vector<int>& listeners) {
  const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (output < 0) return 0;
  gw::net::ProgramStart start;
  start.command = command;
  start.listeners = listeners;
  start.output = output;
  start.own_session = true;
  const pid_t pid = gw::net::start_program(start);
  ::close(output);
  return pid;
}

std::filesystem::path sibling_program(const std::string& name) {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() / name;
}

bool Process::start() {
  adopted_ = false;
  pid_ = spawn_program(settings_.command, settings_.log, settings_.listeners ? settings_.listeners() : std::vector<int>{});
  if (pid_ == 0) spdlog::error("{} cannot be started: {}", settings_.name, settings_.command.front());
  return pid_ != 0;
}

bool Process::ended() {
  if (pid_ == 0) return true;
  if (adopted_) return dead(pid_);
  int status = 0;
  return ::waitpid(pid_, &status, WNOHANG) != 0;
}

gw::net::Task<bool> Process::begin() {
  end_half_made();
  pid_ = listener_of(settings_.socket, settings_.packets);
  adopted_ = pid_ != 0;
  if (adopted_) {
    spdlog::info("{} runs already (process {})", settings_.name, pid_);
    favour(pid_);
    co_return true;
  }
  if (!start()) co_return false;
  const bool up = co_await answers(settings_.socket, 0);
  if (up) favour(pid_);
  if (!up) spdlog::error("{} did not come up; its log is {}", settings_.name, settings_.log.string());
  co_return up;
}

gw::net::Task<> Process::keep(Started started) {
  constexpr std::chrono::milliseconds look{50};
  RestartPause restart;
  restart.came_up(RestartPause::Clock::now());
  while (!stopping_) {
    co_await pause_for(worker_, look);
    std::erase_if(leaving_, [](pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) != 0; });
    if (stopping_ || succeeding_ || !ended()) continue;
    const auto pause = restart.ended(RestartPause::Clock::now());
    spdlog::warn("{} has ended; it is started again {}", settings_.name,
                 pause.count() == 0 ? "now" : "in " + std::to_string(pause.count()) + " ms");
    co_await pause_for(worker_, pause);
    if (stopping_) break;
    pid_ = 0;
    const bool up = co_await begin();
    if (up) {
      spdlog::info("{} runs again (process {})", settings_.name, pid_);
      co_await started();
    }
    restart.came_up(RestartPause::Clock::now());
  }
}

gw::net::Task<> Process::stop(std::chrono::milliseconds patience) {
  stopping_ = true;
  if (pid_ <= 0) co_return;
  ::kill(pid_, SIGTERM);
  for (auto waited = std::chrono::milliseconds(0); waited < patience; waited += std::chrono::milliseconds(20)) {
    if (ended()) co_return;
    co_await pause_for(worker_, std::chrono::milliseconds(20));
  }
  ::kill(pid_, SIGKILL);
}

void Process::reload() const {
  if (pid_ > 0) ::kill(pid_, SIGHUP);
}

}  // namespace runtime::supervise
