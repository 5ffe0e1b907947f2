#pragma once
// Packets with descriptors beside them, over a SOCK_SEQPACKET UNIX socket. No Asio: the privileged program links it.

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace gw::net {

/// Owns a file descriptor.
class Descriptor {
 public:
  Descriptor() noexcept = default;
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  ~Descriptor() { reset(); }

  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  int release() noexcept { return std::exchange(fd_, -1); }
  void reset(int fd = -1) noexcept;

 private:
  int fd_ = -1;
};

/// How handing over or taking a packet went.
enum class Passed : unsigned char {
  done,
  later,   ///< the socket is full, or empty
  broken,  ///< the peer is gone, or it sent what no peer of ours sends; close the socket
};

/// Sends one packet with copies of `descriptors`. Never blocks on a nonblocking socket, never raises SIGPIPE.
Passed send_packet(int socket, std::string_view packet, std::span<const Descriptor> descriptors = {});

/// Receives one packet into `buffer`; `length` says how much of it. At most `limit` descriptors are taken (0: the
/// system drops them unseen); more, a packet longer than the buffer, or the end of the stream is `broken`.
Passed receive_packet(int socket, std::span<char> buffer, std::size_t& length, std::vector<Descriptor>& descriptors,
                      std::size_t limit);

}  // namespace gw::net
