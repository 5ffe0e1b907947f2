#pragma once
// A non-blocking stream socket that remembers what the kernel has said of it, so that it is not asked again in vain.

#include <sys/types.h>

#include <cstdint>
#include <span>

#include "gateway/net/descriptor.hpp"

struct iovec;

namespace gw::net {

class ReadySocket {
 public:
  /// `socket` is non-blocking. Nothing is known of it: it counts as readable and writable until tried.
  explicit ReadySocket(Descriptor socket) noexcept;

  /// Takes in what epoll_wait(2) said.
  void heard(std::uint32_t events) noexcept;

  /// As recv(2), but -1 with EAGAIN without a system call while nothing new was heard. 0 is the peer's end.
  ssize_t receive(std::span<char> into) noexcept;
  /// As sendmsg(2) (never a SIGPIPE); likewise -1 with EAGAIN. `ends`: nothing follows but our end, and what is left of the last segment may wait
  /// for it. Whoever says so calls `release` soon: a segment less to send, and for the peer one to be woken by.
  ssize_t send(std::span<const iovec> pieces, bool ends = false) noexcept;

  bool readable() const noexcept { return readable_; }
  bool writable() const noexcept { return writable_; }
  /// The peer's end or an error was announced; bytes may still be unread in front of it.
  bool ending() const noexcept { return ending_; }
  /// For callers that ask the kernel past this object and were told EAGAIN.
  void not_readable() noexcept { readable_ = false; }
  void not_writable() noexcept { writable_ = false; }

  bool open() const noexcept { return static_cast<bool>(descriptor_); }
  int descriptor() const noexcept { return descriptor_.get(); }
  /// To be closed. What waits for our end goes out with it.
  Descriptor release() noexcept;

 private:
  Descriptor descriptor_;
  bool readable_ = true;
  bool writable_ = true;
  bool ending_ = false;  ///< a short read does not mean that nothing follows
  bool held_ = false;    ///< the kernel may hold back the last bytes
};

}  // namespace gw::net
