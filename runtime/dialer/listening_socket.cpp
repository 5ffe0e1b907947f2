#include "runtime/dialer/listening_socket.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace runtime::dialer {
namespace {

using gw::net::Descriptor;

constexpr int first_inherited = 3;  // SD_LISTEN_FDS_START
constexpr int backlog = 64;

[[noreturn]] void fail(int error, const std::string& what) { throw std::system_error(error, std::generic_category(), what); }

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) fail(ENAMETOOLONG, path);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

const sockaddr* generic(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

// Removes the socket file of a dialer that is gone. Anything else at the path stays, and binding will say so.
void remove_stale(const std::string& path, const sockaddr_un& address) {
  struct stat file {};
  if (::lstat(path.c_str(), &file) != 0 || !S_ISSOCK(file.st_mode)) return;
  const Descriptor probe(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (::connect(probe.get(), generic(address), sizeof address) != 0 && errno == ECONNREFUSED) ::unlink(path.c_str());
}

int socket_option(int socket, int option) {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(socket, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

}  // namespace

Descriptor listen_at(const std::string& path, mode_t mode, std::optional<gid_t> group) {
  const auto address = address_of(path);
  remove_stale(path, address);
  Descriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) fail(errno, "socket");
  // Nobody may connect between bind and chmod: the file is made with no rights at all.
  const auto before = ::umask(0777);
  const int bound = ::bind(socket.get(), generic(address), sizeof address);
  const int error = errno;
  ::umask(before);
  if (bound != 0) fail(error, "cannot listen at " + path);
  if (group && ::chown(path.c_str(), static_cast<uid_t>(-1), *group) != 0) fail(errno, "cannot change the group of " + path);
  if (::listen(socket.get(), backlog) != 0) fail(errno, "cannot listen at " + path);
  if (::chmod(path.c_str(), mode) != 0) fail(errno, "cannot change the mode of " + path);
  return socket;
}

int inherited_sockets() noexcept {
  const char* pid = std::getenv("LISTEN_PID");
  const char* count = std::getenv("LISTEN_FDS");
  if (pid == nullptr || count == nullptr || std::atoi(pid) != ::getpid()) return 0;
  return std::atoi(count);
}

Descriptor inherit_socket(int index) {
  Descriptor socket(first_inherited + index);
  const bool fits = socket_option(socket.get(), SO_DOMAIN) == AF_UNIX &&
                    socket_option(socket.get(), SO_TYPE) == SOCK_SEQPACKET && socket_option(socket.get(), SO_ACCEPTCONN) == 1;
  if (!fits) {
    socket.release();
    fail(EINVAL,
         "inherited descriptor " + std::to_string(first_inherited + index) + " is no listening SOCK_SEQPACKET UNIX socket");
  }
  ::fcntl(socket.get(), F_SETFD, FD_CLOEXEC);
  ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
  return socket;
}

}  // namespace runtime::dialer
