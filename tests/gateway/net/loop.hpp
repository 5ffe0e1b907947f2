#pragma once
// What the tests of net, http and proxy run on: one worker whose loop the test turns itself, and the raw other ends of its
// connections. Nothing sleeps: conditions are waited for with a bound.

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/net/stream.hpp"
#include "gateway/net/worker.hpp"
#include "tests/gateway/net/listening_socket.hpp"

namespace gw::net::test {

/// The bound of every wait; generous, because sanitizers and a busy machine are slow.
inline constexpr Duration patience{20'000};

class Loop {
 public:
  Loop() { ::signal(SIGPIPE, SIG_IGN); }

  /// Turns the loop until `done()`; false when that takes longer than `limit`.
  bool until(const std::function<bool()>& done, Duration limit = patience) {
    const auto end = Clock::now() + limit;
    while (!done()) {
      if (Clock::now() >= end) return false;
      worker.context().restart();
      worker.context().run_one_for(std::chrono::milliseconds(2));
    }
    return true;
  }

  /// Does everything that is ready now. Socket pairs deliver at once, so that afterwards nothing is under way.
  void settle() {
    for (int quiet = 0; quiet != 3;) quiet = worker.run_ready() ? 0 : quiet + 1;
  }

  /// Runs a coroutine to its end. One that never ends is a failure that nothing after it could survive.
  template <class T>
  T run(Task<T> task) {
    std::optional<T> result;
    auto keep = [&](Task<T> inner) -> Task<> { result.emplace(co_await std::move(inner)); };
    worker.spawn(keep(std::move(task)));
    if (!until([&] { return result.has_value(); })) {
      std::fprintf(stderr, "the coroutine under test did not end\n");
      std::abort();
    }
    return std::move(*result);
  }

  Worker worker;
};

/// The raw other end of a connection.
class Peer {
 public:
  explicit Peer(int descriptor = -1) : descriptor_(descriptor) {
    if (descriptor_ >= 0) ::fcntl(descriptor_, F_SETFL, ::fcntl(descriptor_, F_GETFL) | O_NONBLOCK);
  }
  Peer(Peer&& other) noexcept
      : received(std::move(other.received)),
        ended(other.ended),
        broken(other.broken),
        descriptor_(std::exchange(other.descriptor_, -1)) {}
  Peer& operator=(Peer&& other) noexcept {
    close();
    received = std::move(other.received);
    ended = other.ended;
    broken = other.broken;
    descriptor_ = std::exchange(other.descriptor_, -1);
    return *this;
  }
  ~Peer() { close(); }

  /// Sends what the socket takes and says how much that was.
  std::size_t send(std::string_view bytes) {
    const auto n = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return n < 0 ? 0 : static_cast<std::size_t>(n);
  }

  /// Fetches what has arrived into `received`, at most `most` bytes; at the end sets `ended`, or `broken` for a reset.
  void pull(std::size_t most = 1 << 20) {
    std::string buffer(std::min<std::size_t>(most, 64 * 1024), '\0');
    while (!ended && !broken && most != 0) {
      const auto n = ::recv(descriptor_, buffer.data(), std::min(most, buffer.size()), 0);
      if (n > 0) {
        received.append(buffer.data(), static_cast<std::size_t>(n));
        most -= static_cast<std::size_t>(n);
      } else if (n == 0) {
        ended = true;
      } else if (errno == EAGAIN) {
        return;
      } else {
        broken = true;
      }
    }
  }

  bool over() const noexcept { return ended || broken; }
  void finish() { ::shutdown(descriptor_, SHUT_WR); }
  void close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }
  /// Closes with RST (TCP only).
  void reset() {
    const linger hard{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close();
  }
  int descriptor() const noexcept { return descriptor_; }

  std::string received;
  bool ended = false;
  bool broken = false;

 private:
  int descriptor_;
};

struct Ends {
  std::unique_ptr<Stream> stream;
  Peer peer;
};

inline std::unique_ptr<Stream> stream_over(Loop& loop, int descriptor, Side side = Side::client) {
  ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
  return std::make_unique<Stream>(loop.worker, Descriptor(descriptor), side);
}

/// A stream and its raw other end over a socket pair.
inline Ends connected(Loop& loop, Side side = Side::client) {
  int ends[2] = {-1, -1};
  EXPECT_EQ(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  Ends made;
  made.stream = stream_over(loop, ends[0], side);
  made.peer = Peer(ends[1]);
  return made;
}

/// The same over TCP on the loopback, where RST exists.
inline Ends connected_by_tcp(Loop& loop, Side side = Side::client) {
  const ListeningSocket listening;
  const int outer = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_EQ(0, ::connect(outer, reinterpret_cast<const sockaddr*>(&listening.address()), sizeof listening.address()));
  const int inner = ::accept(listening.descriptor(), nullptr, nullptr);
  Ends made;
  made.stream = stream_over(loop, inner, side);
  made.peer = Peer(outer);
  return made;
}

inline std::string text(std::span<const char> bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace gw::net::test
