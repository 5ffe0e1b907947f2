#pragma once
// A connection of ours whose other end the fuzzer plays.

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "gateway/net/stream.hpp"
#include "gateway/net/worker.hpp"

namespace gw::fuzz {

class Wire {
 public:
  explicit Wire(net::Side side) {
    std::array<int, 2> ends{-1, -1};
    // A fuzzer that has no sockets any more finds nothing: rather no result than a false one.
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0) std::abort();
    peer_ = net::Descriptor(ends[1]);
    stream_ = std::make_unique<net::Stream>(worker_, net::Descriptor(ends[0]), side);
  }

  net::Worker& worker() noexcept { return worker_; }
  /// Our end.
  std::unique_ptr<net::Stream> take_stream() noexcept { return std::move(stream_); }

  /// Lets everybody go on who can.
  void settle() {
    for (int quiet = 0; quiet != 3;) quiet = worker_.run_ready() ? 0 : quiet + 1;
  }
  /// Sends the bytes and takes what is answered.
  void talk(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(peer_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      listen();
    }
  }
  /// Takes what is said.
  void listen() {
    std::array<char, 65536> said;
    do settle();
    while (::recv(peer_.get(), said.data(), said.size(), MSG_DONTWAIT) > 0);
  }
  /// The other end goes away.
  void close() {
    peer_ = {};
    settle();
  }

 private:
  net::Worker worker_;
  net::Descriptor peer_;
  std::unique_ptr<net::Stream> stream_;
};

/// An input whose first byte says in pieces of which size the rest is sent; 0: whole.
class Pieces {
 public:
  Pieces(std::size_t size, std::string_view bytes) noexcept : size_(size == 0 ? bytes.size() : size), bytes_(bytes) {}
  bool more() const noexcept { return !bytes_.empty(); }
  std::string_view next() noexcept {
    const auto piece = bytes_.substr(0, size_);
    bytes_.remove_prefix(piece.size());
    return piece;
  }

 private:
  std::size_t size_;
  std::string_view bytes_;
};

}  // namespace gw::fuzz
