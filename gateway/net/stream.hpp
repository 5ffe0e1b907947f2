#pragma once
// A connected byte stream, plain or TLS, TCP or UNIX, with its input buffer.
//
// Nothing is read that nobody waits for, except while somebody watches for the peer's end. Reading and writing try the socket
// first and suspend only when it has nothing or takes nothing. There is a buffer only while there are bytes in it or on their way
// into it. Lives on its worker's thread.

#include <functional>
#include <memory>
#include <span>

#include "gateway/net/buffer.hpp"
#include "gateway/net/deadline.hpp"
#include "gateway/net/poller.hpp"
#include "gateway/net/ready_socket.hpp"
#include "gateway/net/result.hpp"
#include "gateway/net/task.hpp"
#include "gateway/net/tls_session.hpp"
#include "gateway/net/waiter.hpp"
#include "gateway/net/worker.hpp"

namespace gw::net {

class Stream final : private Pollable, private Deadline {
 public:
  /// `socket` is connected and non-blocking. `side` is whose failures this stream reports.
  Stream(Worker& worker, Descriptor socket, Side side);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// Makes it a TLS stream by performing the server's side of a handshake. Call before anything else.
  Task<Result<void>> handshake(SSL_CTX* settings);

  /// Bytes that have arrived and are not consumed. The view is valid until the next `consume`, `fetch`, `more` or wait.
  std::span<const char> input() const noexcept { return {buffer_.get() + begin_, end_ - begin_}; }
  /// Takes `n` bytes off the front of the input.
  void consume(std::size_t n) noexcept;

  enum class Fetched : std::uint8_t { some, nothing, failed };
  /// Takes what is here without waiting. `nothing` also when this stream has had its share of the present turn: then wait.
  Fetched fetch() noexcept;

  /// After `fetch` has said `nothing`: waits until it is worth calling again. What `more` does in a loop, without a coroutine of its own:
  /// for waits that last, where its frame would be held by every idle connection.
  Waiter::Wait arrival();

  /// Waits until more input has arrived. Failure `closed`: the peer has ended its side. The buffer grows while it is full,
  /// up to `largest_input`; beyond that it fails with `fields_too_large`: whoever parses must consume.
  Task<Result<void>> more();

  /// Makes the wait in `more` or `wait_readable` fail with Code::cancelled; the stream itself stays as it is.
  void interrupt() noexcept;

  /// What is sent together: the head of a message, a piece of its body, what closes the piece. All may be empty.
  struct Pieces {
    std::span<const char> head;
    std::span<const char> body;
    std::span<const char> tail;
    bool ends = false;  ///< the stream is closed at once behind it: what TCP sends last goes out together with its end

    std::size_t size() const noexcept { return head.size() + body.size() + tail.size(); }
    /// Takes `n` bytes off the front.
    void advance(std::size_t n) noexcept;
  };

  /// Sends what the socket takes at once, in one system call, and says how much that was.
  Result<std::size_t> write_now(const Pieces& pieces) noexcept;

  /// Sends everything; the bytes must stay where they are until it returns.
  Task<Result<void>> write(Pieces pieces);

  /// Past the input buffer, for `splice_bytes`: waits until the socket may be tried again after it has said EAGAIN, and at least
  /// until the next turn.
  Task<Result<void>> wait_readable();
  Task<Result<void>> wait_writable();

  enum class Watch : std::uint8_t {
    end,         ///< the peer's end. Reads ahead into `input`, up to `read_ahead`
    data,        ///< anything that the peer sends, or its end
    unread_end,  ///< its end, also behind bytes that nobody has read; reads nothing, so that `input` stays where it is
  };
  /// While nobody waits in `more`: `gone` is called once, from the loop or before this returns. An empty function takes it back.
  void watch(std::function<void()> gone, Watch what = Watch::end);

  /// How long everything from now on may take. Zero: for ever. After it the pending operation fails with `code`.
  void deadline(Duration in, Code code) noexcept;
  void no_deadline() noexcept;
  /// The same for a write beside it, with Code::idle_timeout, as long as the peer takes nothing of what has been sent. Reading and writing share one timer: progress of the one gives
  /// the other its whole time anew, and the end of the one leaves the other's deadline in force.
  void write_deadline(Duration in) noexcept;
  void no_write_deadline() noexcept;

  /// From now on the kernel probes a silent TCP peer, so that one that vanished without a word is noticed. For tunnels: everything
  /// else has deadlines, and a timer more costs each connection.
  void keep_alive() noexcept;
  /// Half-close: no more bytes from us. Only tunnels use it.
  void shutdown_send() noexcept;
  /// Ends our side and drops what the peer goes on sending, until it ends too, is silent for `step`, or `total` is over: closing
  /// at once would answer its bytes with a reset that overtakes our last words. Also on a stream that has failed.
  Task<> linger(Duration step, Duration total);
  /// Closes in an orderly way (FIN, after close_notify on TLS).
  void close() noexcept;
  /// Closes with RST, so that the peer cannot take what it has for complete.
  void reset() noexcept;
  bool open() const noexcept { return socket_.open(); }
  /// Why `fetch` has failed.
  Failure failure() const noexcept { return failure_; }
  /// The peer has ended or broken the stream and all its bytes are in `input`.
  bool ended() const noexcept { return failed_; }
  /// Has the peer neither sent anything nor ended, as far as the kernel knows by now? For plain streams.
  bool quiet() const noexcept;

  Worker& worker() noexcept { return worker_; }
  ReadySocket& socket() noexcept { return socket_; }
  Side side() const noexcept { return side_; }
  const TlsSession* tls() const noexcept { return tls_.get(); }

  static constexpr std::size_t small_buffer = Buffer::small;
  static constexpr std::size_t body_buffer = 64 * 1024;
  static constexpr std::size_t largest_input = 128 * 1024;
  /// What a watched client may send ahead before it is no longer listened to.
  static constexpr std::size_t read_ahead = 16 * 1024;
  /// Reads of one stream in one turn of the loop; then the others have theirs.
  static constexpr unsigned reads_a_turn = 8;

 private:
  void ready(std::uint32_t events) noexcept override;
  void expired() noexcept override;
  bool has_arrived() const noexcept;
  void hear() noexcept;
  void look_ahead();
  void release_empty_buffer() noexcept;
  bool make_room() noexcept;
  void grow_for_body() noexcept;
  Fetched fetch_tls() noexcept;
  bool drop_input() noexcept;
  void fail(Failure failure) noexcept;
  void wake_all() noexcept;
  int unsent() const noexcept;
  Result<std::size_t> write_tls(const Pieces& pieces) noexcept;

  Worker& worker_;
  ReadySocket socket_;
  std::unique_ptr<TlsSession> tls_;
  Buffer buffer_;
  std::uint32_t capacity_ = 0;
  std::uint32_t begin_ = 0;
  std::uint32_t end_ = 0;
  Waiter reader_;
  Waiter writer_;
  std::function<void()> watcher_;
  std::uint64_t turn_ = 0;  ///< when `reads_` were counted
  unsigned reads_ = 0;
  Failure failure_;
  Code deadline_code_ = Code::idle_timeout;
  Code reading_code_ = Code::idle_timeout;
  Side side_;
  Duration reading_for_{0};  ///< what `deadline` asked for; zero: nothing
  Duration writing_for_{0};
  int unsent_ = 0;  ///< in the kernel, when the wait of the write began
  bool failed_ = false;
  bool interrupted_ = false;  ///< `more` is to give up
  Watch watching_ = Watch::end;
  bool hears_writable_ = false;  ///< most streams never fill their socket and need not be told that it has room
  bool full_reads_ = false;      ///< the last read filled the buffer: more is likely to come, a larger buffer pays
};

}  // namespace gw::net
