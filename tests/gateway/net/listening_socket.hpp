#pragma once
// A socket that listens on the loopback and accepts by itself as far as the kernel does.

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>

namespace gw::net::test {

class ListeningSocket {
 public:
  ListeningSocket() : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    EXPECT_EQ(0, ::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address_), size));
    EXPECT_EQ(0, ::listen(descriptor_, 1));
    ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address_), &size);
  }
  ~ListeningSocket() { ::close(descriptor_); }
  ListeningSocket(const ListeningSocket&) = delete;
  ListeningSocket& operator=(const ListeningSocket&) = delete;

  int descriptor() const noexcept { return descriptor_; }
  const sockaddr_in& address() const noexcept { return address_; }
  std::uint16_t port() const noexcept { return ntohs(address_.sin_port); }

 private:
  int descriptor_;
  sockaddr_in address_{};
};

}  // namespace gw::net::test
