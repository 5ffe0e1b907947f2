#include "gateway/net/splice.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

namespace gw::net {
namespace {

// What /proc/sys/fs/pipe-max-size allows everyone.
constexpr int pipe_bytes = 1 << 20;
// Pipes kept by a thread for the next long body.
constexpr std::size_t spare_pipes = 8;
// What one transfer may move in one turn of the loop; then the others have theirs.
constexpr std::uint64_t bytes_a_turn = 4 << 20;
constexpr unsigned flags = SPLICE_F_MOVE | SPLICE_F_NONBLOCK;

class Pipe {
 public:
  Pipe() {
    if (!spare().empty()) {
      ends_ = spare().back();
      spare().pop_back();
    } else if (::pipe2(ends_.data(), O_CLOEXEC | O_NONBLOCK) == 0) {
      ::fcntl(ends_[1], F_SETPIPE_SZ, pipe_bytes);
    } else {
      ends_ = {-1, -1};
    }
  }
  ~Pipe() {
    if (ends_[0] < 0) return;
    // One with bytes of a broken transfer in it must never serve another.
    if (held == 0 && spare().size() < spare_pipes) {
      spare().push_back(ends_);
      return;
    }
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  bool good() const noexcept { return ends_[0] >= 0; }
  int reading() const noexcept { return ends_[0]; }
  int writing() const noexcept { return ends_[1]; }

  std::uint64_t held = 0;

 private:
  static std::vector<std::array<int, 2>>& spare() {
    struct Spare {
      std::vector<std::array<int, 2>> pipes;
      ~Spare() {
        for (const auto& ends : pipes) {
          ::close(ends[0]);
          ::close(ends[1]);
        }
      }
    };
    thread_local Spare kept;
    return kept.pipes;
  }
  std::array<int, 2> ends_{-1, -1};
};

Failure broken(Side side) noexcept { return to_failure({errno, boost::system::system_category()}, side); }

}  // namespace

Task<Moved> splice_bytes(Stream& from, Stream& to, std::uint64_t n, Duration patience) {
  Moved moved;
  Pipe pipe;
  if (!pipe.good()) co_return moved;
  std::uint64_t pause_at = bytes_a_turn;
  while (moved.bytes < n) {
    if (moved.bytes >= pause_at) {
      pause_at = moved.bytes + bytes_a_turn;
      if (moved.result = co_await to.wait_writable(); !moved.result) co_return moved;
    }
    if (pipe.held == 0) {
      const auto want = std::min<std::uint64_t>(n - moved.bytes, pipe_bytes);
      const auto got = ::splice(from.socket().descriptor(), nullptr, pipe.writing(), nullptr, want, flags);
      if (got > 0) {
        pipe.held = static_cast<std::uint64_t>(got);
      } else if (got == 0) {
        moved.result = Failure{Code::truncated, from.side(), Retry::never};
      } else if (errno == EAGAIN) {
        from.socket().not_readable();
        from.deadline(patience, Code::idle_timeout);
        moved.result = co_await from.wait_readable();
        from.no_deadline();
      } else if (errno != EINTR) {
        moved.result = broken(from.side());
      }
      if (!moved.result) co_return moved;
      continue;
    }
    const auto sent = ::splice(pipe.reading(), nullptr, to.socket().descriptor(), nullptr, pipe.held, flags);
    if (sent > 0) {
      pipe.held -= static_cast<std::uint64_t>(sent);
      moved.bytes += static_cast<std::uint64_t>(sent);
      continue;
    }
    if (sent < 0 && errno == EAGAIN) {
      to.socket().not_writable();
      to.write_deadline(patience);
      moved.result = co_await to.wait_writable();
      to.no_write_deadline();
    } else if (errno != EINTR) {
      moved.result = broken(to.side());
    }
    if (!moved.result) co_return moved;
  }
  co_return moved;
}

}  // namespace gw::net
