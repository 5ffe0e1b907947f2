#include "gateway/net/stream.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace gw::net {
namespace {

Failure last_error(Side side) noexcept { return to_failure({errno, boost::system::system_category()}, side); }

}  // namespace

Stream::Stream(Worker& worker, Descriptor socket, Side side)
    : Deadline(worker.deadlines()), worker_(worker), socket_(std::move(socket)), side_(side) {
  if (!worker_.poller().add(socket_.descriptor(), *this)) fail(last_error(side));
  // What has arrived already is told in the next turn. A read before it is in vain nearly always: a client sends when it has heard that
  // it is connected.
  socket_.not_readable();
}

Stream::~Stream() { close(); }

Task<Result<void>> Stream::handshake(SSL_CTX* settings) {
  tls_ = TlsSession::accept(settings, socket_, worker_.ticket_keys());
  if (!tls_) co_return Failure{Code::tls, side_, Retry::never};
  for (;;) {
    const auto step = tls_->handshake();
    if (step.need == TlsSession::Need::nothing) co_return Result<void>{};
    if (step.need == TlsSession::Need::read) {
      if (auto ok = co_await wait_readable(); !ok) co_return ok;
    } else if (step.need == TlsSession::Need::write) {
      if (auto ok = co_await wait_writable(); !ok) co_return ok;
    } else {
      co_return Failure{Code::tls, side_, Retry::never};
    }
  }
}

void Stream::consume(std::size_t n) noexcept {
  begin_ += static_cast<std::uint32_t>(n);
  if (begin_ == end_) begin_ = end_ = 0;
}

// What OpenSSL holds already needs no readiness.
bool Stream::has_arrived() const noexcept { return socket_.readable() || (tls_ && tls_->pending()); }

Stream::Fetched Stream::fetch() noexcept {
  if (failed_) return Fetched::failed;
  if (!has_arrived()) return Fetched::nothing;
  if (turn_ != worker_.poller().turns()) {
    turn_ = worker_.poller().turns();
    reads_ = 0;
  } else if (reads_ >= reads_a_turn) {
    worker_.poller().defer(*this);
    return Fetched::nothing;
  }
  ++reads_;
  // The last read filled the buffer: a body is coming, and every larger read saves a system call.
  grow_for_body();
  if (!make_room()) {
    fail({Code::fields_too_large, side_, Retry::never});
    return Fetched::failed;
  }
  if (tls_) return fetch_tls();
  const std::size_t room = capacity_ - end_;
  const auto n = socket_.receive({buffer_.get() + end_, room});
  if (n > 0) {
    end_ += static_cast<std::uint32_t>(n);
    full_reads_ = static_cast<std::size_t>(n) == room;
    return Fetched::some;
  }
  if (n < 0 && errno == EAGAIN) return Fetched::nothing;
  fail(n == 0 ? Failure{Code::closed, side_, Retry::if_reused} : last_error(side_));
  return Fetched::failed;
}

Stream::Fetched Stream::fetch_tls() noexcept {
  const auto step = tls_->read({buffer_.get() + end_, capacity_ - end_});
  switch (step.need) {
    case TlsSession::Need::nothing:
      end_ += static_cast<std::uint32_t>(step.n);
      full_reads_ = end_ == capacity_ || tls_->pending();
      return Fetched::some;
    case TlsSession::Need::read:
    case TlsSession::Need::write:
      return Fetched::nothing;
    case TlsSession::Need::closed:
      fail({Code::closed, side_, Retry::if_reused});
      return Fetched::failed;
    case TlsSession::Need::failed:
      break;
  }
  fail({Code::reset, side_, Retry::if_reused});
  return Fetched::failed;
}

Waiter::Wait Stream::arrival() {
  release_empty_buffer();
  return reader_.wait();
}

Task<Result<void>> Stream::more() {
  for (;;) {
    const auto fetched = fetch();
    if (fetched == Fetched::some) co_return Result<void>{};
    if (fetched == Fetched::failed) co_return failure_;
    release_empty_buffer();
    co_await reader_.wait();
    if (std::exchange(interrupted_, false)) co_return Failure{Code::cancelled, Side::gateway, Retry::never};
  }
}

void Stream::interrupt() noexcept {
  if (!reader_.waiting()) return;
  interrupted_ = true;
  worker_.poller().defer(*this);
}

Task<Result<void>> Stream::wait_readable() {
  do {
    if (failed_) co_return failure_;
    if (socket_.readable()) worker_.poller().defer(*this);
    co_await reader_.wait();
    if (std::exchange(interrupted_, false)) co_return Failure{Code::cancelled, Side::gateway, Retry::never};
  } while (!socket_.readable());
  if (failed_) co_return failure_;
  co_return Result<void>{};
}

Task<Result<void>> Stream::wait_writable() {
  do {
    if (failed_) co_return failure_;
    if (socket_.writable()) {
      worker_.poller().defer(*this);
    } else if (!std::exchange(hears_writable_, true)) {
      worker_.poller().hear_of_both(socket_.descriptor());
    }
    if (writing_for_ != Duration::zero()) unsent_ = unsent();
    co_await writer_.wait();
  } while (!socket_.writable());
  if (failed_) co_return failure_;
  co_return Result<void>{};
}

void Stream::ready(std::uint32_t events) noexcept {
  socket_.heard(events);
  const bool reads = reader_.waiting() || watcher_;
  if (writer_.waiting() && (failed_ || socket_.writable())) {
    // Whoever is resumed may destroy this stream: the other one has its turn later.
    if (reads) worker_.poller().defer(*this);
    return writer_.notify();
  }
  if (reads) hear();
}

void Stream::hear() noexcept {
  if (!failed_ && !interrupted_ && !has_arrived()) return;
  if (reader_.waiting()) return reader_.notify();
  look_ahead();
}

void Stream::watch(std::function<void()> gone, Watch what) {
  watcher_ = std::move(gone);
  watching_ = what;
  if (watcher_) look_ahead();
}

void Stream::look_ahead() {
  const auto before = input().size();
  const auto heard = [&] { return watching_ == Watch::data && input().size() != before; };
  auto fetched = failed_ ? Fetched::failed : Fetched::some;
  while (watching_ != Watch::unread_end && fetched == Fetched::some && input().size() < read_ahead && !heard())
    fetched = fetch();
  // Nothing more will be read before the end that the kernel has told of.
  const bool end_behind = socket_.ending() && (watching_ == Watch::unread_end || input().size() >= read_ahead);
  if (fetched == Fetched::failed || heard() || end_behind) {
    const auto gone = std::exchange(watcher_, nullptr);
    if (gone) gone();
    return;
  }
  release_empty_buffer();
}

void Stream::release_empty_buffer() noexcept {
  if (begin_ != end_) return;
  buffer_.reset();
  capacity_ = 0;
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

// What the peer has not acknowledged. A full TCP socket is writable again only when a third of it is free, which takes a slow
// reader longer than a deadline; that it reads at all shows here (tcp(7)).
int Stream::unsent() const noexcept {
  int bytes = 0;
  return ::ioctl(socket_.descriptor(), SIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

void Stream::expired() noexcept {
  if (writer_.waiting() && writing_for_ != Duration::zero() && unsent() < unsent_) {
    unsent_ = unsent();
    return Deadline::expires_in(writing_for_);
  }
  fail({deadline_code_, side_, Retry::never});
  wake_all();
}

void Stream::fail(Failure failure) noexcept {
  if (failed_) return;
  failed_ = true;
  failure_ = failure;
}

// In the next turn: whoever ends the stream may stand in the middle of an exchange of it.
void Stream::wake_all() noexcept {
  if (reader_.waiting() || writer_.waiting() || watcher_) worker_.poller().defer(*this);
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
  if (count == 0) return std::size_t{0};
  const auto n = socket_.send({parts.data(), count}, pieces.ends);
  if (n >= 0) return static_cast<std::size_t>(n);
  if (errno == EAGAIN) return std::size_t{0};
  return last_error(side_);
}

Result<std::size_t> Stream::write_tls(const Pieces& pieces) noexcept {
  // Small pieces go into one record: each record costs a system call and 22 bytes of its own.
  thread_local std::array<char, 16 * 1024> record;
  std::span<const char> next = pieces.body;
  const bool several = !pieces.head.empty() || !pieces.tail.empty();
  if (several && (!pieces.head.empty() || pieces.body.size() + pieces.tail.size() <= record.size())) {
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
  for (;;) {
    const auto n = write_now(pieces);
    if (!n) co_return n.error();
    pieces.advance(*n);
    if (pieces.size() == 0) co_return Result<void>{};
    // TLS sends a record at a time; only a socket that is full makes it wait.
    if (socket_.writable() && *n != 0) continue;
    if (auto ok = co_await wait_writable(); !ok) co_return ok;
  }
}

bool Stream::quiet() const noexcept {
  char byte = 0;
  return !failed_ && ::recv(socket_.descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EINTR);
}

void Stream::keep_alive() noexcept {
  const int on = 1;
  ::setsockopt(socket_.descriptor(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

void Stream::shutdown_send() noexcept {
  if (tls_) return tls_->close();
  ::shutdown(socket_.descriptor(), SHUT_WR);
}

Task<> Stream::linger(Duration step, Duration total) {
  if (!open()) co_return;
  shutdown_send();
  // What it failed of, a deadline perhaps, does not matter any more: the socket says whether there is more to read.
  failed_ = false;
  begin_ = end_ = 0;
  const auto end = Clock::now() + total;
  bool more = true;
  while (more && Clock::now() < end) {
    deadline(step, Code::idle_timeout);
    const auto readable = co_await wait_readable();
    more = readable.has_value() && drop_input();
  }
  Deadline::clear();
}

bool Stream::drop_input() noexcept {
  thread_local std::array<char, 16 * 1024> nowhere;
  for (unsigned turn = 0; turn != reads_a_turn && socket_.readable(); ++turn) {
    const auto n = socket_.receive(nowhere);
    if (n == 0 || (n < 0 && errno != EAGAIN)) return false;
  }
  return true;
}

void Stream::close() noexcept {
  Deadline::clear();
  if (!open()) return;
  fail({Code::cancelled, Side::gateway, Retry::never});
  if (tls_) tls_->close();
  worker_.poller().close(socket_.release());
  wake_all();
}

void Stream::reset() noexcept {
  if (!open()) return;
  const ::linger at_once{1, 0};
  ::setsockopt(socket_.descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  Deadline::clear();
  fail({Code::cancelled, Side::gateway, Retry::never});
  worker_.poller().close(socket_.release());
  wake_all();
}

}  // namespace gw::net
