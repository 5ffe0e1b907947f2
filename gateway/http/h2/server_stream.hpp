#pragma once
// One HTTP/2 stream as a ClientSide exchange. Belongs to its connection's worker.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "gateway/http/exchange.hpp"
#include "gateway/net/waiter.hpp"

namespace gw::http::h2 {

class ServerStream;

/// What a stream asks of its connection.
class StreamOwner {
 public:
  virtual net::Result<void> send_head(ServerStream& stream, const ResponseHead& head, bool end) noexcept = 0;
  virtual void resume(ServerStream& stream) noexcept = 0;
  virtual void send_trailers(ServerStream& stream, const Fields& trailers) noexcept = 0;
  /// The handler has taken `n` bytes of the body: the peer may send as many more.
  virtual void credit(ServerStream& stream, std::size_t n) noexcept = 0;
  virtual void reset(ServerStream& stream) noexcept = 0;

 protected:
  ~StreamOwner() = default;
};

class ServerStream final : public ClientSide, public std::enable_shared_from_this<ServerStream> {
 public:
  ServerStream(StreamOwner& owner, const net::Executor& executor, std::int32_t id)
      : owner_(owner), executor_(executor), id_(id) {}

  net::Task<net::Result<RequestHead*>> read_head() override;
  net::Task<net::Result<Chunk>> read_body() override;
  std::optional<net::Result<Chunk>> ready_body() override;
  net::Task<net::Result<void>> write_head(const ResponseHead& head, Chunk first) override;
  net::Task<net::Result<void>> write_body(Chunk piece) override;
  void abort() noexcept override;
  void stop_reading() noexcept override;
  void watch(std::function<void()> gone) override;

  // The connection's side; called from nghttp2's callbacks, so nobody is resumed here but through the loop.

  std::int32_t id() const noexcept { return id_; }
  RequestHead& request() noexcept { return request_; }
  Fields& trailers() noexcept { return trailers_; }
  void received(std::string_view data) {
    arrived_.append(data);
    wake();
  }
  void received_end() {
    ended_ = true;
    wake();
  }
  /// The stream is over; `clean` when both sides had ended it.
  void closed(bool clean);
  /// Bytes that arrived and nobody will read.
  std::size_t unread() const noexcept { return arrived_.size(); }
  bool answered() const noexcept { return out_finished_; }
  bool head_seen = false;
  std::size_t field_bytes = 0;  ///< of all fields so far, each with the 32 bytes of RFC 9113 §6.5.2

  /// What the next DATA frame carries, at most `room` bytes into `to`.
  struct Piece {
    std::size_t size = 0;
    bool wait = false;      ///< nothing to send yet
    bool end = false;       ///< no DATA after this
    bool trailers = false;  ///< trailers follow
  };
  Piece take(char* to, std::size_t room) noexcept;
  /// What `take` gave has reached the transport.
  void flushed() {
    if (out_.empty() && !out_last_pending_) wake_writer();
  }

 private:
  void wake();
  void wake_writer();
  net::Failure gone() const noexcept { return {net::Code::reset, net::Side::client, net::Retry::never}; }

  StreamOwner& owner_;
  net::Executor executor_;
  std::int32_t id_;
  RequestHead request_;
  Fields trailers_;
  std::string arrived_;
  std::string reading_;
  bool ended_ = false;  ///< the peer's END_STREAM has come
  bool end_given_ = false;
  bool closed_ = false;
  bool clean_ = false;     ///< both sides had ended it
  bool unwanted_ = false;  ///< the rest of the body is not wanted
  std::function<void()> gone_;
  std::span<const char> out_;
  const Fields* out_trailers_ = nullptr;
  bool out_last_pending_ = false;
  bool out_finished_ = false;
  net::Waiter reader_;
  net::Waiter writer_;
};

}  // namespace gw::http::h2
