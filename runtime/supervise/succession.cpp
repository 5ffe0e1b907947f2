// How one process follows another without anybody noticing. Part of class Process.

#include <fmt/format.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/supervise/favour.hpp"
#include "runtime/supervise/process.hpp"

namespace runtime::supervise {

namespace {

void end_at_once(pid_t pid) {
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
}

}  // namespace

// `pid`: the one that is to answer; 0: whoever is ours.
gw::net::Task<bool> Process::answers(const std::filesystem::path& socket, pid_t pid) {
  constexpr std::chrono::milliseconds patience{5000};
  constexpr std::chrono::milliseconds look{5};
  const auto until = std::chrono::steady_clock::now() + patience;
  const auto gone = [&] { return pid == 0 ? ended() : ::waitpid(pid, nullptr, WNOHANG) != 0; };
  bool up = false;
  while (!up && !gone() && std::chrono::steady_clock::now() < until) {
    co_await pause_for(worker_, look);
    up = listener_of(socket, settings_.packets) != 0;
  }
  co_return up;
}

bool Process::outdated() const {
  struct stat runs {};
  struct stat installed {};
  const auto image = fmt::format("/proc/{}/exe", pid_);
  if (pid_ <= 0 || ::stat(image.c_str(), &runs) != 0 || ::stat(settings_.command.front().c_str(), &installed) != 0)
    return false;
  return runs.st_dev != installed.st_dev || runs.st_ino != installed.st_ino;
}

// Left behind by one of us who did not finish: it would go on with what it was told then.
void Process::end_half_made() const {
  const pid_t left = listener_of(next_socket(), settings_.packets);
  if (left != 0) ::kill(left, SIGKILL);
}

std::filesystem::path Process::next_socket() const { return settings_.socket.string() + ".next"; }

gw::net::Task<std::string> Process::bring_up(pid_t pid, std::filesystem::path socket, Feed feed) {
  const bool up = co_await answers(socket, pid);
  if (!up) co_return fmt::format("the new one did not come up; its log is {}", settings_.log.string());
  const bool fed = co_await feed(socket.string());
  if (stopping_) co_return "it is being stopped";
  co_return fed ? "" : "the new one could not be told of all Spaces";
}

gw::net::Task<std::string> Process::succeed(Feed feed, LetGo let_go) {
  if (succeeding_) co_return "another one is being started already";
  const auto listeners = settings_.listeners ? settings_.listeners() : std::vector<int>{};
  if (listeners.empty()) co_return "its listening sockets are not ours to hand on";
  const std::filesystem::path place = settings_.socket;
  const std::filesystem::path next = next_socket();
  const std::filesystem::path before = place.string() + ".before";
  end_half_made();
  auto command = settings_.command;
  command.insert(command.end(), {"--successor", next.string()});
  const pid_t pid = spawn_program(command, settings_.log, listeners);
  if (pid == 0) co_return fmt::format("{} cannot be started", command.front());
  succeeding_ = true;
  std::string problem = co_await bring_up(pid, next, std::move(feed));
  std::error_code error;
  std::filesystem::remove(before, error);
  std::filesystem::create_hard_link(place, before, error);
  // Whoever connects finds the one before or the new one, and never nobody.
  if (problem.empty()) std::filesystem::rename(next, place, error);
  if (problem.empty() && error) problem = error.message();
  if (!problem.empty()) {
    end_at_once(pid);
    std::filesystem::remove(before, error);
    succeeding_ = false;
    co_return problem;
  }
  if (!adopted_) leaving_.push_back(pid_);
  pid_ = pid;
  favour(pid_);
  adopted_ = false;
  succeeding_ = false;
  co_await let_go(before.string());
  co_return "";
}

}  // namespace runtime::supervise
