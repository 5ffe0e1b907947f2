#include "gateway/net/connect_socket.hpp"

#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "gateway/net/waiter.hpp"

namespace gw::net {
namespace {

// A connect(2) under way: over when the socket is writable, or when the time is.
class Connecting final : private Pollable, private Deadline {
 public:
  Connecting(Worker& worker, int descriptor, Cancellation* cancel)
      : Deadline(worker.deadlines()), worker_(worker), descriptor_(descriptor), cancel_(cancel) {
    if (cancel_ == nullptr) return;
    cancel_->tell([this] {
      cancelled_ = true;
      worker_.poller().defer(*this);
    });
  }
  ~Connecting() {
    if (cancel_ != nullptr) cancel_->tell(nullptr);
    worker_.poller().remove(descriptor_);
  }
  Connecting(const Connecting&) = delete;
  Connecting& operator=(const Connecting&) = delete;

  /// 0, or why not (errno(3)).
  Task<int> finish(Duration timeout) {
    if (!worker_.poller().add(descriptor_, *this, Poller::Trigger::both)) co_return ENOMEM;
    expires_in(timeout);
    co_await over_.wait();
    if (late_) co_return ETIMEDOUT;
    if (cancelled_) co_return ECANCELED;
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size);
    co_return error;
  }

 private:
  void ready(std::uint32_t events) noexcept override {
    if (cancelled_ || (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0) over_.notify();
  }
  void expired() noexcept override {
    late_ = true;
    over_.notify();
  }

  Worker& worker_;
  const int descriptor_;
  Cancellation* cancel_;
  Waiter over_;
  bool late_ = false;
  bool cancelled_ = false;
};

constexpr Failure given_up{Code::cancelled, Side::client, Retry::never};

Failure unconnected(int error) noexcept {
  auto failure = to_failure({error, boost::system::system_category()}, Side::upstream);
  failure.retry = Retry::always;
  return failure;
}

}  // namespace

Duration left_until(Clock::time_point end) noexcept {
  return std::max(std::chrono::duration_cast<Duration>(end - Clock::now()), Duration(0));
}

Task<Result<void>> connect_socket(Worker& worker, Descriptor& socket, SocketAddress to, Duration timeout,
                                  Cancellation* cancel) {
  if (cancel != nullptr && cancel->requested()) co_return given_up;
  if (!socket) {
    const auto protocol = to.protocol();
    socket.reset(::socket(protocol.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol.protocol()));
    if (!socket) co_return unconnected(errno);
  }
  int on = 1;
  ::ioctl(socket.get(), FIONBIO, &on);
  if (::connect(socket.get(), to.data(), static_cast<socklen_t>(to.size())) == 0) co_return Result<void>{};
  int error = errno;
  if (error == EINPROGRESS) {
    Connecting connecting(worker, socket.get(), cancel);
    error = co_await connecting.finish(timeout);
  }
  if (error == 0) co_return Result<void>{};
  if (error == ECANCELED) co_return given_up;
  co_return unconnected(error);
}

}  // namespace gw::net
