#pragma once
// A connected byte stream, plain or TLS, TCP or UNIX, with its input buffer.
//
// Reading is "armed": a read is kept under way in the input buffer whenever the owner wants to hear of the peer, also
// while it waits for somebody else. That is how a vanished client is noticed at once without a second operation, and why
// the read for the next request costs no extra system call. Writing tries the socket first and suspends only when it is
// full. Lives on its worker's thread.

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/smart_ptr/local_shared_ptr.hpp>
#include <functional>
#include <memory>
#include <span>

#include "gateway/net/buffer.hpp"
#include "gateway/net/deadline.hpp"
#include "gateway/net/result.hpp"
#include "gateway/net/task.hpp"
#include "gateway/net/tls_session.hpp"
#include "gateway/net/waiter.hpp"
#include "gateway/net/worker.hpp"

namespace gw::net {

using Socket = asio::basic_stream_socket<asio::generic::stream_protocol, Executor>;

class Stream final : private Deadline {
 public:
  /// `socket` is connected and non-blocking. `side` is whose failures this stream reports.
  Stream(Worker& worker, Socket socket, Side side);
  ~Stream();

  /// Makes it a TLS stream by performing the handshake `tls` was made for. Call before anything else.
  Task<Result<void>> handshake(std::unique_ptr<TlsSession> tls);

  /// Bytes that have arrived and are not consumed. The view is valid until the next `consume`, `more` or wait.
  std::span<const char> input() const noexcept { return {buffer_.get() + begin_, end_ - begin_}; }
  /// Takes `n` bytes off the front of the input.
  void consume(std::size_t n) noexcept;

  /// Waits until more input has arrived. Failure `closed`: the peer has ended its side. The buffer grows while it is full,
  /// up to `largest_input`; beyond that it fails with `fields_too_large`: whoever parses must consume.
  Task<Result<void>> more();

  /// Waits like `more`, for at most `patience`: false when nothing came, and then no read is under way any more.
  Task<Result<bool>> more_within(Duration patience);

  /// Makes the wait in `more` fail with Code::cancelled; the stream itself stays as it is.
  void interrupt() noexcept;

  /// For connections that may be idle for long: gives the (empty) buffer back and waits until there is something to read.
  Task<Result<void>> wait_idle();

  /// What is sent together: the head of a message, a piece of its body, what closes the piece. All may be empty.
  struct Pieces {
    std::span<const char> head;
    std::span<const char> body;
    std::span<const char> tail;

    std::size_t size() const noexcept { return head.size() + body.size() + tail.size(); }
    /// Takes `n` bytes off the front.
    void advance(std::size_t n) noexcept;
  };

  /// Sends what the socket takes at once, in one system call, and says how much that was.
  Result<std::size_t> write_now(const Pieces& pieces) noexcept;

  /// Waits until the socket itself is readable or writable, past the input buffer: for `splice_bytes`.
  Task<Result<void>> wait_readable();
  Task<Result<void>> wait_writable();

  /// Sends everything; the bytes must stay where they are until it returns.
  Task<Result<void>> write(Pieces pieces);

  /// While nobody waits in `more`: `gone` is called once, from the loop, when the peer ends or breaks the connection, or,
  /// with `on_data`, when it sends something. An empty function takes it back.
  void watch(std::function<void()> gone, bool on_data = false);

  /// How long everything from now on may take. Zero: for ever. After it the pending operation fails with `code`.
  void deadline(Duration in, Code code) noexcept;
  void no_deadline() noexcept;
  /// The same for a write beside it, with Code::idle_timeout. Reading and writing share one timer: progress of the one gives
  /// the other its whole time anew, and the end of the one leaves the other's deadline in force.
  void write_deadline(Duration in) noexcept;
  void no_write_deadline() noexcept;

  /// Half-close: no more bytes from us. Only tunnels use it.
  void shutdown_send() noexcept;
  /// Closes in an orderly way (FIN, after close_notify on TLS).
  void close() noexcept;
  /// Closes with RST, so that the peer cannot take what it has for complete.
  void reset() noexcept;
  bool open() const noexcept { return socket_.is_open(); }
  /// Is a read under way?
  bool armed() const noexcept { return armed_; }
  /// The peer has ended or broken the stream and all its bytes are in `input`.
  bool ended() const noexcept { return failed_; }
  /// Has the peer neither sent anything nor ended, as far as the kernel knows by now? For plain streams.
  bool quiet() const noexcept;

  Worker& worker() noexcept { return worker_; }
  Socket& socket() noexcept { return socket_; }
  Side side() const noexcept { return side_; }
  const TlsSession* tls() const noexcept { return tls_.get(); }

  static constexpr std::size_t small_buffer = Buffer::small;
  static constexpr std::size_t body_buffer = 64 * 1024;
  static constexpr std::size_t largest_input = 128 * 1024;
  /// What a watched client may send ahead before it is no longer listened to.
  static constexpr std::size_t read_ahead = 16 * 1024;

 private:
  // Asio calls back after a close too; the handle tells the callback whether the stream is still there.
  using Handle = boost::local_shared_ptr<Stream*>;

  void expired() noexcept override;
  bool make_room() noexcept;
  void grow_for_body() noexcept;
  void arm();
  void arm_wait();
  void arrived(const boost::system::error_code& error, std::size_t n);
  void readable(const boost::system::error_code& error);
  bool read_tls();
  void fail(Failure failure) noexcept;
  void wake();
  Task<Result<void>> wait_for(Socket::wait_type what);
  Result<std::size_t> write_tls(const Pieces& pieces) noexcept;

  Worker& worker_;
  Socket socket_;
  Handle handle_;
  std::unique_ptr<TlsSession> tls_;
  Buffer buffer_;
  std::uint32_t capacity_ = 0;
  std::uint32_t begin_ = 0;
  std::uint32_t end_ = 0;
  Waiter reader_;
  std::function<void()> watcher_;
  Failure failure_;
  Code deadline_code_ = Code::idle_timeout;
  Code reading_code_ = Code::idle_timeout;
  Duration reading_for_{0};  ///< what `deadline` asked for; zero: nothing
  Duration writing_for_{0};
  Side side_;
  bool armed_ = false;
  bool failed_ = false;
  bool patient_ = false;      ///< the deadline only ends the wait of `more_within`
  bool interrupted_ = false;  ///< `more` is to give up
  bool only_wait_ = false;    ///< readiness is all that is wanted: handshake, idle connection
  bool watch_data_ = false;
  bool full_reads_ = false;  ///< the last read filled the buffer: more is likely to come, a larger buffer pays
};

}  // namespace gw::net
