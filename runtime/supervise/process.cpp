#include "runtime/supervise/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

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

pid_t spawn_program(const std::vector<std::string>& command, const std::filesystem::path& log) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&files, 1, 2);
  posix_spawn_file_actions_addclosefrom_np(&files, 3);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, static_cast<short>(POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK));
  std::vector<char*> arguments;
  for (const auto& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, command.front().c_str(), &files, &attributes, arguments.data(), ::environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return error == 0 ? pid : 0;
}

std::filesystem::path sibling_program(const std::string& name) {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() / name;
}

bool Process::start() {
  adopted_ = false;
  pid_ = spawn_program(settings_.command, settings_.log);
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
  pid_ = listener_of(settings_.socket, settings_.packets);
  adopted_ = pid_ != 0;
  if (adopted_) {
    spdlog::info("{} runs already (process {})", settings_.name, pid_);
    co_return true;
  }
  if (!start()) co_return false;
  for (int i = 0; i != 100; ++i) {
    co_await pause_for(worker_, std::chrono::milliseconds(50));
    if (listener_of(settings_.socket, settings_.packets) != 0) co_return true;
    if (ended()) break;
  }
  spdlog::error("{} did not come up; its log is {}", settings_.name, settings_.log.string());
  co_return false;
}

gw::net::Task<> Process::keep(Started started) {
  constexpr std::chrono::milliseconds look{250};
  while (!stopping_) {
    co_await pause_for(worker_, look);
    if (stopping_ || !ended()) continue;
    spdlog::warn("{} has ended; it is started again", settings_.name);
    if (co_await begin()) {
      co_await started();
    } else {
      pid_ = 0;
      co_await pause_for(worker_, std::chrono::seconds(1));
    }
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
