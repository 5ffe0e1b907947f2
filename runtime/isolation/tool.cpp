#include "runtime/isolation/tool.hpp"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <sstream>

#include "gateway/net/descriptor.hpp"
#include "runtime/isolation/aside.hpp"

namespace runtime::isolation {
namespace {

using gw::net::Descriptor;

constexpr std::size_t output_max = 64 << 10;

// Memory that a program reads or writes like a file: no pipe can be full or half read.
Descriptor memory(const std::string& content) {
  Descriptor out(::memfd_create("tool", MFD_CLOEXEC));
  std::size_t written = 0;
  while (out && written < content.size()) {
    const auto n = ::write(out.get(), content.data() + written, content.size() - written);
    if (n <= 0) return {};
    written += static_cast<std::size_t>(n);
  }
  if (out) ::lseek(out.get(), 0, SEEK_SET);
  return out;
}

std::string content_of(const Descriptor& file) {
  std::string out(output_max, '\0');
  const auto n = ::pread(file.get(), out.data(), out.size(), 0);
  out.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return out;
}

pid_t spawn(const std::vector<std::string>& command, int input, int output) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input, 0);
  ::posix_spawn_file_actions_adddup2(&actions, output, 1);
  ::posix_spawn_file_actions_adddup2(&actions, output, 2);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  // Words that we read are to be English, and nothing else of our environment is its business.
  std::string path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
  std::string language = "LC_ALL=C";
  char* environment[] = {path.data(), language.data(), nullptr};
  pid_t pid = 0;
  const int failed = ::posix_spawn(&pid, arguments.front(), &actions, nullptr, arguments.data(), environment);
  ::posix_spawn_file_actions_destroy(&actions);
  return failed == 0 ? pid : 0;
}

}  // namespace

std::string Ran::reason() const {
  std::string last = "it said nothing";
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);)
    if (line.find_first_not_of(" \t") != line.npos) last = line;
  return last;
}

std::string find_tool(std::string_view name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(std::string(path == nullptr ? "" : path) + ":/usr/sbin:/sbin:/usr/local/sbin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (!folder.starts_with('/')) continue;
    std::string file = folder + "/" + std::string(name);
    if (::access(file.c_str(), X_OK) == 0) return file;
  }
  return {};
}

Ran run_tool_here(const std::vector<std::string>& command, const std::string& input, std::chrono::milliseconds patience) {
  const Descriptor given = memory(input);
  const Descriptor said = memory({});
  if (!given || !said) return {-1, std::string("no memory for it: ") + std::strerror(errno)};
  const pid_t pid = spawn(command, given.get(), said.get());
  if (pid == 0) return {-1, command.front() + " cannot be started"};
  const Descriptor ended(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  pollfd wait{ended.get(), POLLIN, 0};
  const bool late = ended && ::poll(&wait, 1, static_cast<int>(patience.count())) == 0;
  if (late) ::kill(pid, SIGKILL);
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (late) return {-1, content_of(said) + "\nit did not end within " + std::to_string(patience.count()) + " ms"};
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, content_of(said)};
}

gw::net::Task<Ran> run_tool(gw::net::Worker& worker, std::vector<std::string> command, std::string input,
                            std::chrono::milliseconds patience) {
  std::function<Ran()> work = [command = std::move(command), input = std::move(input), patience] {
    return run_tool_here(command, input, patience);
  };
  return aside<Ran>(worker, std::move(work));
}

}  // namespace runtime::isolation
