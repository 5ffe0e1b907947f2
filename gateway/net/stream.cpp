#include "gateway/net/stream.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/smart_ptr/make_local_shared.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

namespace gw::net {

Stream::Stream(Worker& worker, Socket socket, Side side)
    : Deadline(worker.deadlines()),
      worker_(worker),
      socket_(std::move(socket)),
      handle_(boost::make_local_shared<Stream*>(this)),
      side_(side) {
  boost::system::error_code ignored;
  socket_.native_non_blocking(true, ignored);
}

Stream::~Stream() {
  *handle_ = nullptr;
  close();
}

Task<Result<void>> Stream::handshake(std::unique_ptr<TlsSession> tls) {
  if (!tls) co_return Failure{Code::tls, side_, Retry::never};
  tls_ = std::move(tls);
  for (;;) {
    const auto step = tls_->handshake();
    if (step.need == TlsSession::Need::nothing) co_return Result<void>{};
    if (step.need == TlsSession::Need::read) {
      only_wait_ = true;
      arm_wait();
      co_await reader_.wait();
      only_wait_ = false;
      if (failed_) co_return failure_;
    } else if (step.need == TlsSession::Need::write) {
      if (auto ok = co_await wait_writable(); !ok) co_return ok;
    } else {
      co_return Failure{Code::tls, side_, Retry::never};
    }
  }
}

void Stream::consume(std::size_t n) noexcept {
  begin_ += static_cast<std::uint32_t>(n);
  // With a read under way the buffer must stay where the kernel was told it is.
  if (begin_ == end_ && !armed_) begin_ = end_ = 0;
}

Task<Result<void>> Stream::more() {
  const auto before = end_ - begin_;
  while (end_ - begin_ == before) {
    if (failed_) co_return failure_;
    arm();
    if (armed_) co_await reader_.wait();
    if (std::exchange(interrupted_, false)) {
      patient_ = false;
      co_return Failure{Code::cancelled, Side::gateway, Retry::never};
    }
  }
  co_return Result<void>{};
}

void Stream::interrupt() noexcept {
  if (!reader_.waiting()) return;
  interrupted_ = patient_ = true;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

Task<Result<bool>> Stream::more_within(Duration patience) {
  const auto before = end_ - begin_;
  if (failed_) co_return failure_;
  arm();
  if (armed_) {
    patient_ = true;
    Deadline::expires_in(patience);
    co_await reader_.wait();
    Deadline::clear();
    patient_ = false;
  }
  if (end_ - begin_ != before) co_return true;
  if (failed_) co_return failure_;
  co_return false;
}

Task<Result<void>> Stream::wait_idle() {
  if (failed_) co_return failure_;
  if (begin_ == end_ && !armed_) {
    buffer_.reset();
    capacity_ = begin_ = end_ = 0;
    full_reads_ = false;
  }
  only_wait_ = true;
  arm_wait();
  co_await reader_.wait();
  only_wait_ = false;
  if (failed_) co_return failure_;
  co_return Result<void>{};
}

void Stream::watch(std::function<void()> gone, bool on_data) {
  watcher_ = std::move(gone);
  watch_data_ = on_data;
  // What OpenSSL holds already comes inside `arm`, and so does the end: there is no call back to hear it from.
  const auto before = input().size();
  while (watcher_ && !armed_ && !failed_ && input().size() == before && before < read_ahead) arm();
  if (watcher_ && (failed_ || input().size() != before)) wake();
}

void Stream::deadline(Duration in, Code code) noexcept {
  reading_for_ = in;
  reading_code_ = deadline_code_ = code;
  if (in == Duration::zero()) return Deadline::clear();
  Deadline::expires_in(in);
}

void Stream::no_deadline() noexcept {
  reading_for_ = Duration::zero();
  if (writing_for_ == Duration::zero()) return Deadline::clear();
  deadline_code_ = Code::idle_timeout;
  Deadline::expires_in(writing_for_);
}

void Stream::write_deadline(Duration in) noexcept {
  writing_for_ = in;
  deadline_code_ = Code::idle_timeout;
  Deadline::expires_in(in);
}

void Stream::no_write_deadline() noexcept {
  writing_for_ = Duration::zero();
  if (reading_for_ == Duration::zero()) return Deadline::clear();
  deadline_code_ = reading_code_;
  Deadline::expires_in(reading_for_);
}

void Stream::expired() noexcept {
  if (!patient_) fail({deadline_code_, side_, Retry::never});
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void Stream::fail(Failure failure) noexcept {
  if (failed_) return;
  failed_ = true;
  failure_ = failure;
}

void Stream::wake() {
  if (reader_.waiting()) return reader_.notify();
  if (!watcher_) return;
  while (!failed_ && !watch_data_ && !armed_ && end_ - begin_ < read_ahead) arm();
  if (!failed_ && !watch_data_) return;
  auto gone = std::move(watcher_);
  watcher_ = nullptr;
  gone();
}

bool Stream::make_room() noexcept {
  if (begin_ == end_) begin_ = end_ = 0;
  if (capacity_ - end_ > capacity_ / 4) return true;
  const std::uint32_t held = end_ - begin_;
  if (begin_ != 0 && (held < capacity_ / 2 || capacity_ >= largest_input)) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, held);
  } else {
    if (capacity_ >= largest_input) return end_ < capacity_;
    const std::size_t size = std::clamp<std::size_t>(std::size_t{capacity_} * 4, small_buffer, largest_input);
    Buffer next(worker_.buffers(), size);
    if (!next) return false;
    if (held != 0) std::memcpy(next.get(), buffer_.get() + begin_, held);
    buffer_ = std::move(next);
    capacity_ = static_cast<std::uint32_t>(size);
  }
  begin_ = 0;
  end_ = held;
  return true;
}

void Stream::grow_for_body() noexcept {
  if (begin_ != end_ || !full_reads_ || capacity_ >= body_buffer) return;
  Buffer next(worker_.buffers(), body_buffer);
  if (!next) return;
  buffer_ = std::move(next);
  capacity_ = static_cast<std::uint32_t>(body_buffer);
  begin_ = end_ = 0;
}

void Stream::arm() {
  if (armed_ || failed_) return;
  if (tls_) {
    // What OpenSSL holds already needs no readiness; otherwise its read would only be told EAGAIN.
    if (!tls_->pending() || !read_tls()) arm_wait();
    return;
  }
  // The last read filled the buffer: a body is coming, and every larger read saves a system call.
  grow_for_body();
  if (!make_room()) return fail({Code::fields_too_large, side_, Retry::never});
  armed_ = true;
  socket_.async_receive(asio::buffer(buffer_.get() + end_, capacity_ - end_),
                        [handle = handle_](const boost::system::error_code& error, std::size_t n) {
                          if (Stream* self = *handle) self->arrived(error, n);
                        });
}

void Stream::arm_wait() {
  if (armed_ || failed_) return;
  armed_ = true;
  socket_.async_wait(Socket::wait_read, [handle = handle_](const boost::system::error_code& error) {
    if (Stream* self = *handle) self->readable(error);
  });
}

void Stream::arrived(const boost::system::error_code& error, std::size_t n) {
  armed_ = false;
  if (error) {
    if (!std::exchange(patient_, false) || error != asio::error::operation_aborted) fail(to_failure(error, side_));
  } else {
    end_ += static_cast<std::uint32_t>(n);
    full_reads_ = end_ == capacity_;
  }
  wake();
}

void Stream::readable(const boost::system::error_code& error) {
  armed_ = false;
  if (error) {
    if (!std::exchange(patient_, false) || error != asio::error::operation_aborted) fail(to_failure(error, side_));
  } else if (tls_ && !only_wait_ && !read_tls()) {
    return arm_wait();
  }
  wake();
}

bool Stream::read_tls() {
  grow_for_body();
  if (!make_room()) {
    fail({Code::fields_too_large, side_, Retry::never});
    return true;
  }
  const auto step = tls_->read({buffer_.get() + end_, capacity_ - end_});
  switch (step.need) {
    case TlsSession::Need::nothing:
      end_ += static_cast<std::uint32_t>(step.n);
      full_reads_ = end_ == capacity_ || tls_->pending();
      return true;
    case TlsSession::Need::read:
    case TlsSession::Need::write:
      return false;
    case TlsSession::Need::closed:
      fail({Code::closed, side_, Retry::if_reused});
      return true;
    case TlsSession::Need::failed:
      fail({Code::reset, side_, Retry::if_reused});
      return true;
  }
  return true;
}

Task<Result<void>> Stream::wait_readable() { return wait_for(Socket::wait_read); }

Task<Result<void>> Stream::wait_writable() { return wait_for(Socket::wait_write); }

Task<Result<void>> Stream::wait_for(Socket::wait_type what) {
  boost::system::error_code error;
  co_await socket_.async_wait(what, asio::redirect_error(use_task, error));
  if (!error) co_return Result<void>{};
  if (failed_) co_return failure_;
  co_return to_failure(error, side_);
}

void Stream::Pieces::advance(std::size_t n) noexcept {
  for (auto* piece : {&head, &body, &tail}) {
    const auto taken = std::min(n, piece->size());
    *piece = piece->subspan(taken);
    n -= taken;
  }
}

Result<std::size_t> Stream::write_now(const Pieces& pieces) noexcept {
  if (tls_) return write_tls(pieces);
  std::array<iovec, 3> parts;
  std::size_t count = 0;
  for (const auto& piece : {pieces.head, pieces.body, pieces.tail})
    if (!piece.empty()) parts[count++] = {const_cast<char*>(piece.data()), piece.size()};
  ssize_t n = 0;
  if (count == 0) return std::size_t{0};
  if (count == 1) {
    // One piece is the usual case, and send(2) has less to copy and check than sendmsg(2).
    n = ::send(socket_.native_handle(), parts[0].iov_base, parts[0].iov_len, MSG_NOSIGNAL | MSG_DONTWAIT);
  } else {
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    n = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  if (n >= 0) return static_cast<std::size_t>(n);
  if (errno == EAGAIN || errno == EINTR) return std::size_t{0};
  return to_failure({errno, boost::system::system_category()}, side_);
}

Result<std::size_t> Stream::write_tls(const Pieces& pieces) noexcept {
  // Small pieces go into one record: each record costs a system call and 22 bytes of its own.
  thread_local std::array<char, 16 * 1024> record;
  std::span<const char> next = pieces.body;
  if (!pieces.head.empty() || pieces.body.size() + pieces.tail.size() <= record.size()) {
    std::size_t used = 0;
    for (const auto& piece : {pieces.head, pieces.body, pieces.tail}) {
      const auto n = std::min(piece.size(), record.size() - used);
      if (n != 0) std::memcpy(record.data() + used, piece.data(), n);
      used += n;
      if (n < piece.size()) break;
    }
    next = {record.data(), used};
  }
  if (next.empty()) return std::size_t{0};
  const auto step = tls_->write(next);
  if (step.need == TlsSession::Need::nothing) return step.n;
  if (step.need == TlsSession::Need::write || step.need == TlsSession::Need::read) return std::size_t{0};
  return Failure{Code::reset, side_, Retry::if_reused};
}

Task<Result<void>> Stream::write(Pieces pieces) {
  while (pieces.size() != 0) {
    const auto n = write_now(pieces);
    if (!n) co_return n.error();
    pieces.advance(*n);
    if (pieces.size() == 0) break;
    // On a plain socket a short write means that it is full; asking again at once would only be told so.
    if (*n == 0 || !tls_) {
      if (auto ok = co_await wait_writable(); !ok) co_return ok;
    }
  }
  co_return Result<void>{};
}

bool Stream::quiet() const noexcept {
  char byte = 0;
  const int descriptor = const_cast<Socket&>(socket_).native_handle();
  return !failed_ && ::recv(descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EINTR);
}

void Stream::shutdown_send() noexcept {
  if (tls_) return tls_->close();
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void Stream::close() noexcept {
  Deadline::clear();
  if (!socket_.is_open()) return;
  fail({Code::cancelled, Side::gateway, Retry::never});
  if (tls_) tls_->close();
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void Stream::reset() noexcept {
  if (!socket_.is_open()) return;
  boost::system::error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  fail({Code::cancelled, Side::gateway, Retry::never});
  Deadline::clear();
  socket_.close(ignored);
}

}  // namespace gw::net
