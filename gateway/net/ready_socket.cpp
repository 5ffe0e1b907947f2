#include "gateway/net/ready_socket.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>

namespace gw::net {
namespace {

// A signal is no answer of the socket's.
template <class Call>
ssize_t uninterrupted(Call call) noexcept {
  ssize_t n = 0;
  do {
    n = call();
  } while (n < 0 && errno == EINTR);
  return n;
}

}  // namespace

ReadySocket::ReadySocket(Descriptor socket) noexcept : descriptor_(std::move(socket)) {}

void ReadySocket::heard(std::uint32_t events) noexcept {
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) readable_ = true;
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) ending_ = true;
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) writable_ = true;
}

ssize_t ReadySocket::receive(std::span<char> into) noexcept {
  if (!readable_) {
    errno = EAGAIN;
    return -1;
  }
  const auto n = uninterrupted([&] { return ::recv(descriptor_.get(), into.data(), into.size(), MSG_DONTWAIT); });
  // epoll(7): on a stream a short count means that nothing is left; what comes later is an event of its own.
  if (n < 0 ? errno == EAGAIN : n > 0 && static_cast<std::size_t>(n) < into.size() && !ending_) readable_ = false;
  return n;
}

// Bytes that nobody has read would make close(2) answer with a reset, and that drops what was held back: this sends it first.
Descriptor ReadySocket::release() noexcept {
  if (held_) ::shutdown(descriptor_.get(), SHUT_WR);
  return std::move(descriptor_);
}

ssize_t ReadySocket::send(std::span<const iovec> pieces, bool ends) noexcept {
  if (!writable_) {
    errno = EAGAIN;
    return -1;
  }
  const int flags = MSG_NOSIGNAL | MSG_DONTWAIT | (ends ? MSG_MORE : 0);
  const auto n = uninterrupted([&] {
    // One piece is the usual case, and send(2) has less to copy and check than sendmsg(2).
    if (pieces.size() == 1) return ::send(descriptor_.get(), pieces[0].iov_base, pieces[0].iov_len, flags);
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());
    message.msg_iovlen = pieces.size();
    return ::sendmsg(descriptor_.get(), &message, flags);
  });
  held_ = held_ || ends;
  std::size_t asked = 0;
  for (const auto& piece : pieces) asked += piece.iov_len;
  // Likewise: a short count means that it is full, and room again will be an event.
  if (n < 0 ? errno == EAGAIN : static_cast<std::size_t>(n) < asked) writable_ = false;
  return n;
}

}  // namespace gw::net
