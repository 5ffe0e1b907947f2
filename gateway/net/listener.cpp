#include "gateway/net/listener.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>

namespace gw::net {
namespace {

constexpr int backlog = 4096;
// How many connections one turn of the loop may take, so that a flood of new ones does not starve those that are open.
constexpr int largest_batch = 64;
// Turns that found as many as they took before the next ones take one more.
constexpr int turns_to_grow = 8;
// Out of descriptors: looking again at once would spin.
constexpr Duration out_of_descriptors_pause{100};

// inet_ntop(3) goes through sprintf, which shows in the cost of a connection.
std::string dotted(const in_addr& address) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(&address);
  std::array<char, INET_ADDRSTRLEN> text{};
  char* at = text.data();
  for (int i = 0; i != 4; ++i) {
    if (i != 0) *at++ = '.';
    at = std::to_chars(at, text.data() + text.size(), bytes[i]).ptr;
  }
  return {text.data(), at};
}

PeerAddress to_address(const sockaddr_storage& storage) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    return {dotted(v4.sin_addr), ntohs(v4.sin_port), false, client_key(storage)};
  }
  if (storage.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
      inet_ntop(AF_INET, v6.sin6_addr.s6_addr + 12, text.data(), text.size());
    } else {
      inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    }
    return {text.data(), ntohs(v6.sin6_port), false, client_key(storage)};
  }
  return {"", 0, true, ClientKey::nobody};
}

Listening failed(int descriptor, const std::string& what) {
  const std::string reason = std::strerror(errno);  // NOLINT(concurrency-mt-unsafe): start-up, one thread
  if (descriptor >= 0) ::close(descriptor);
  return {-1, what + ": " + reason};
}

void set_nonblocking(int descriptor) {
  const int flags = ::fcntl(descriptor, F_GETFL);
  if ((flags & O_NONBLOCK) == 0) ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}

bool answers(const sockaddr_un& address) {
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool yes = ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(probe);
  return yes;
}

}  // namespace

Listening listen_tcp(const std::string& host, std::uint16_t port, bool shared) {
  sockaddr_storage storage{};
  socklen_t size = 0;
  auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
  if (inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    size = sizeof v4;
  } else if (inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    size = sizeof v6;
  } else {
    return {-1, "not an IP address: " + host};
  }
  const std::string what = "cannot listen on " + host + ":" + std::to_string(port);
  const int descriptor = ::socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return failed(descriptor, what);
  const int on = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (shared) ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  // Accepted sockets inherit it on Linux, which saves a system call a connection.
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&storage), size) != 0 || ::listen(descriptor, backlog) != 0)
    return failed(descriptor, what);
  return {descriptor, {}};
}

Listening listen_unix(const std::string& path, unsigned mode) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return {-1, "the socket path is too long (" + std::to_string(sizeof address.sun_path - 1) + " bytes at most): " + path};
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode)) {
    if (answers(address)) return {-1, "another process answers on " + path};
    ::unlink(path.c_str());
  }
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return failed(descriptor, "cannot listen on " + path);
  // The permissions must hold from the first moment, so they are set by the mask and not afterwards.
  const mode_t before = ::umask(static_cast<mode_t>(~mode & 0777));
  const bool bound = ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::umask(before);
  if (!bound || ::listen(descriptor, backlog) != 0) return failed(descriptor, "cannot listen on " + path);
  return {descriptor, {}};
}

PeerAddress local_address(int descriptor) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  return to_address(storage);
}

std::string local_path(int descriptor) {
  sockaddr_un address{};
  socklen_t size = sizeof address;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0 || address.sun_family != AF_UNIX) return {};
  const auto length = size - offsetof(sockaddr_un, sun_path);
  return {address.sun_path, ::strnlen(address.sun_path, length)};
}

void listen_again(int descriptor) { ::listen(descriptor, backlog); }

Listener::Listener(Worker& worker, int descriptor, Accepted accepted)
    : Deadline(worker.deadlines()),
      worker_(worker),
      descriptor_(descriptor),
      door_(nullptr),
      admitted_([accepted = std::move(accepted)](std::unique_ptr<Stream> stream, PeerAddress peer, const Place&) {
        accepted(std::move(stream), std::move(peer));
      }) {
  set_nonblocking(descriptor);
  listen();
}

Listener::Listener(Worker& worker, int descriptor, Door& door, Admitted admitted)
    : Deadline(worker.deadlines()), worker_(worker), descriptor_(descriptor), door_(&door), admitted_(std::move(admitted)) {
  set_nonblocking(descriptor);
  listen();
}

Listener::~Listener() { close(); }

void Listener::close() noexcept {
  Deadline::clear();
  if (door_ != nullptr) door_->forget(*this);
  // An inherited socket is open elsewhere too, so that closing ours would not end what the kernel tells us of it.
  if (descriptor_) worker_.poller().remove(descriptor_.get());
  descriptor_.reset();
}

void Listener::ready(std::uint32_t /*events*/) noexcept {
  // One at a time while they come one by one: the next turn tells of further ones, and a second accept that finds nothing
  // would cost a system call a connection. In a flood the batch grows.
  const int batch = std::min(1 + full_turns_ / turns_to_grow, largest_batch);
  if (batch != largest_batch) ++full_turns_;
  for (int i = 0; i != batch && descriptor_; ++i) {
    // Before the connection is taken from the kernel, where it can wait.
    auto place = door_ != nullptr ? door_->enter() : Place();
    if (door_ != nullptr && !place) return wait();
    if (!accept(std::move(place))) return;
  }
}

// False: nobody else waits, or cannot be accepted now.
bool Listener::accept(Place place) noexcept {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  Descriptor socket(::accept4(descriptor_.get(), reinterpret_cast<sockaddr*>(&storage), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (socket) {
    admitted_(std::make_unique<Stream>(worker_, std::move(socket), Side::client), to_address(storage), std::move(place));
    return true;
  }
  full_turns_ = 0;
  if (errno == ECONNABORTED || errno == EINTR) return true;
  if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) rest();
  return false;
}

void Listener::rest() noexcept {
  if (door_ != nullptr) door_->no_descriptors();
  worker_.poller().remove(descriptor_.get());
  expires_in(out_of_descriptors_pause);
}

// Until places are free; the kernel would tell of the same connections in every turn.
void Listener::wait() noexcept {
  full_turns_ = 0;
  worker_.poller().remove(descriptor_.get());
  door_->wait(*this);
}

void Listener::listen() noexcept {
  if (!worker_.poller().add(descriptor_.get(), *this, Poller::Trigger::level)) expires_in(out_of_descriptors_pause);
}

}  // namespace gw::net
