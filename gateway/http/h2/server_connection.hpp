#pragma once
// The server's end of an HTTP/2 connection (RFC 9113): each stream is an exchange that the server's handler answers, in a coroutine of
// its own. Whoever owns it reads for it: `while (open()) { while (nothing_yet()) wait; take_input(); }`, then `finished()`. Lives on
// its worker's thread.

#include <vector>

#include "gateway/http/h2/abuse_guard.hpp"
#include "gateway/http/h2/frame_order.hpp"
#include "gateway/http/h2/request_reader.hpp"
#include "gateway/http/h2/server_stream.hpp"
#include "gateway/http/h2/session.hpp"
#include "gateway/http/server.hpp"

namespace gw::http::h2 {

class ServerConnection final : public Session {
 public:
  /// Streams that one client may have open (rule 60).
  static constexpr std::uint32_t most_streams = 100;

  /// `stream`, `server` and `info` must outlive it. The client's preface is still to be read.
  ServerConnection(net::Stream& stream, Server& server, const ConnectionInfo& info);
  ~ServerConnection();

  bool open() const noexcept { return phase_ != Phase::over; }
  /// Is there nothing to take? Then await the stream's arrival, and ask again.
  bool nothing_yet() noexcept;
  void take_input();
  /// The connection has ended: ends its streams and waits for their handlers. Only then may it be destroyed.
  net::Task<> finished();
  /// Takes no more streams and ends behind those that are open. The client is asked first and told afterwards, so that no stream
  /// that is on its way is lost (RFC 9113 §6.8).
  void drain() noexcept;

  // For its streams.
  Server& server() noexcept { return server_; }
  const ConnectionInfo& info() const noexcept { return info_; }
  net::Result<void> send_head(ServerStream& stream, const ResponseHead& head, bool end) noexcept;
  void handled() noexcept { child_ended(); }
  using Session::speak;

 private:
  enum class Phase : std::uint8_t {
    serving,
    ending,  ///< the last word is said; what the client still sends is dropped, so that it can read that word
    over,
  };
  using Starting =
      boost::intrusive::list<ServerStream,
                             boost::intrusive::member_hook<ServerStream, ServerStream::StartHook, &ServerStream::start_hook>,
                             boost::intrusive::constant_time_size<false>>;

  /// What the client is waited for beside its streams.
  class Timer final : public net::Deadline {
   public:
    explicit Timer(ServerConnection& connection) noexcept : net::Deadline(connection.deadlines()), connection_(connection) {}

   private:
    void expired() noexcept override { connection_.time_is_up(); }
    ServerConnection& connection_;
  };

  void on_frame_begin(const nghttp2_frame_hd& header) noexcept override;
  /// The rest of the head will not be told, not even its end: unless that is in this frame, it is still waited for.
  void on_bad_field() noexcept override { in_head_ = in_head_ && !head_ends_; }
  int on_fields_begin(const nghttp2_frame& frame) noexcept override;
  int on_field(const nghttp2_frame& frame, std::string_view name, std::string_view value) noexcept override;
  int on_frame(const nghttp2_frame& frame) noexcept override;
  void on_sent(const nghttp2_frame& frame) noexcept override;
  void on_invalid() noexcept override;
  void on_closed(StreamBase& stream, std::uint32_t error) noexcept override;
  void on_over() noexcept override;
  void on_turn() override { start_streams(); }
  net::Duration write_patience() const noexcept override { return server_.settings().body; }

  ServerStream* stream_of(const nghttp2_frame& frame) noexcept;
  void head_complete(ServerStream& stream, bool end) noexcept;
  void start_streams();
  int malformed(std::int32_t id, std::uint32_t error = NGHTTP2_PROTOCOL_ERROR) noexcept;
  void odd() noexcept { judge(guard_.odd(deadlines().now())); }
  void judge(AbuseGuard::Verdict verdict) noexcept;
  void say_goodbye() noexcept;
  void set_timer() noexcept;
  void time_is_up() noexcept;

  Server& server_;
  const ConnectionInfo& info_;
  RequestReader reader_;
  AbuseGuard guard_;
  FrameOrder order_;
  Starting starting_;
  std::vector<std::int32_t> reset_;  ///< streams that we have reset of late: their frames may be on their way still
  Timer timer_;
  net::Clock::time_point timer_at_ = never;
  net::Clock::time_point acknowledge_by_;  ///< our SETTINGS
  net::Clock::time_point head_by_ = never;
  net::Clock::time_point idle_until_ = never;
  net::Clock::time_point goodbye_by_ = never;
  net::Clock::time_point linger_until_ = never;
  std::int32_t highest_ = 0;  ///< of the streams the client has opened
  Phase phase_ = Phase::serving;
  std::size_t resets_due_ = 0;  ///< whose reason has been counted
  bool in_head_ = false;        ///< a block of fields has begun and not ended
  bool head_ends_ = false;      ///< in the frame that is being read
  bool draining_ = false;
  bool parted_ = false;  ///< the GOAWAY that names the last stream is out
  bool settings_seen_ = false;

  static constexpr net::Clock::time_point never = net::Clock::time_point::max();
};

}  // namespace gw::http::h2
