#include "gateway/net/connect_socket.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>

namespace gw::net {
namespace {

// Closes a socket that does not connect in time.
class ConnectDeadline final : private Deadline {
 public:
  ConnectDeadline(Worker& worker, Socket& socket, Duration in) noexcept : Deadline(worker.deadlines()), socket_(socket) {
    expires_in(in);
  }
  bool passed() const noexcept { return passed_; }

 private:
  void expired() noexcept override {
    passed_ = true;
    boost::system::error_code ignored;
    socket_.close(ignored);
  }
  Socket& socket_;
  bool passed_ = false;
};

}  // namespace

Duration left_until(Clock::time_point end) noexcept {
  return std::max(std::chrono::duration_cast<Duration>(end - Clock::now()), Duration(0));
}

Task<Result<void>> connect_socket(Worker& worker, Socket& socket, SocketAddress to, Duration timeout) {
  boost::system::error_code error;
  if (!socket.is_open()) socket.open(to.protocol(), error);
  if (!error) {
    ConnectDeadline deadline(worker, socket, timeout);
    co_await socket.async_connect(to, asio::redirect_error(use_task, error));
    if (deadline.passed()) co_return Failure{Code::connect_timeout, Side::upstream, Retry::always};
  }
  if (!error) co_return Result<void>{};
  auto failure = to_failure(error, Side::upstream);
  failure.retry = Retry::always;
  co_return failure;
}

}  // namespace gw::net
