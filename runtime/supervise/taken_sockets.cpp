#include "runtime/supervise/taken_sockets.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "gateway/net/descriptor.hpp"

namespace runtime::supervise {
namespace {

// TCP, and listening.
bool wanted(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return false;
  int listens = 0;
  size = sizeof listens;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0) return false;
  return address.ss_family == AF_INET || address.ss_family == AF_INET6;
}

}  // namespace

std::vector<int> listening_sockets_of(pid_t pid) {
  // Debian 12's C library has no functions for these two.
  const gw::net::Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  std::vector<int> numbers;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd", error)) {
    const auto target = std::filesystem::read_symlink(entry.path(), error);
    if (target.string().starts_with("socket:")) numbers.push_back(std::stoi(entry.path().filename().string()));
  }
  std::sort(numbers.begin(), numbers.end());
  std::vector<int> taken;
  for (const int number : numbers) {
    gw::net::Descriptor copy(static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), number, 0)));
    if (copy && wanted(copy.get())) taken.push_back(copy.release());
  }
  return taken;
}

}  // namespace runtime::supervise
