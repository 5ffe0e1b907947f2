#include "gateway/net/program.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include "gateway/net/descriptor.hpp"

namespace gw::net {
namespace {

// sd_listen_fds(3): the first descriptor that is passed on.
constexpr int first_passed = 3;
// Out of the way of where they are to go.
constexpr int out_of_the_way = 4096;
constexpr const char* ready_name = "SPACEPORT_READY_FD";

struct Image {
  std::vector<char*> arguments;
  std::vector<char*> environment;
  std::vector<int> passed;
  int output;
  bool own_session;
  char* listen_pid;  ///< where LISTEN_PID's digits go
};

// Between fork and exec: only what a signal handler might do too. The pid must be the program's own, so posix_spawn, which
// cannot tell it, is of no use here.
[[noreturn]] void become(Image& image) noexcept {
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  if (image.own_session) ::setsid();
  const int input = ::open("/dev/null", O_RDONLY);
  // First out of the way of where they are to go, then there.
  for (int& descriptor : image.passed) descriptor = ::fcntl(descriptor, F_DUPFD, out_of_the_way);
  ::dup2(input, 0);
  if (image.output >= 0) {
    ::dup2(image.output, 1);
    ::dup2(image.output, 2);
  }
  int next = first_passed;
  for (const int descriptor : image.passed) ::dup2(descriptor, next++);
  ::close_range(static_cast<unsigned>(next), ~0U, 0);
  char* digit = image.listen_pid;
  for (pid_t divisor = 1'000'000'000, pid = ::getpid(); divisor != 0; divisor /= 10)
    if (pid >= divisor) *digit++ = static_cast<char>('0' + pid / divisor % 10);
  *digit = 0;
  ::execve(image.arguments.front(), image.arguments.data(), image.environment.data());
  ::_exit(127);
}

bool is_ours(std::string_view variable) { return variable.starts_with("LISTEN_") || variable.starts_with(ready_name); }

}  // namespace

pid_t start_program(const ProgramStart& start) {
  if (::access(start.command.front().c_str(), X_OK) != 0) return 0;
  std::string count = "LISTEN_FDS=" + std::to_string(start.listeners.size());
  std::string pid_text = "LISTEN_PID=0123456789";
  const auto ready_at = first_passed + static_cast<int>(start.listeners.size());
  std::string ready = "SPACEPORT_READY_FD=";
  ready += std::to_string(ready_at);
  Image image{{}, {}, start.listeners, start.output, start.own_session, pid_text.data() + pid_text.find('=') + 1};
  if (start.ready >= 0) image.passed.push_back(start.ready);
  for (const auto& argument : start.command) image.arguments.push_back(const_cast<char*>(argument.c_str()));
  image.arguments.push_back(nullptr);
  for (char** each = ::environ; *each != nullptr; ++each)
    if (!is_ours(*each)) image.environment.push_back(*each);
  if (!start.listeners.empty()) image.environment.insert(image.environment.end(), {count.data(), pid_text.data()});
  if (start.ready >= 0) image.environment.push_back(ready.data());
  image.environment.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid == 0) become(image);
  return pid > 0 ? pid : 0;
}

void tell_ready() {
  const char* text = std::getenv(ready_name);  // NOLINT(concurrency-mt-unsafe): start-up, one thread
  if (text == nullptr) return;
  int number = -1;
  const std::string_view digits(text);
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  ::unsetenv(ready_name);  // NOLINT(concurrency-mt-unsafe): likewise
  if (number < first_passed) return;
  const Descriptor pipe(number);
  // Whoever asked may be gone; then nobody is told.
  if (::write(pipe.get(), "1", 1) != 1) return;
}

}  // namespace gw::net
