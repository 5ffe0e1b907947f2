#pragma once
// One HTTP/2 connection, whoever calls whom: nghttp2's session over a stream. Frames are made as soon as there is something to say and
// leave together at the end of the turn, those of all streams in one system call. Lives on its worker's thread.

#include <nghttp2/nghttp2.h>

#include <memory>
#include <span>
#include <string>

#include "gateway/http/h2/session_memory.hpp"
#include "gateway/http/h2/stream_base.hpp"
#include "gateway/net/poller.hpp"
#include "gateway/net/stream.hpp"

namespace gw::http::h2 {

class Session : private net::Pollable {
 public:
  /// What the streams of a session may ask of it.
  void consumed(StreamBase& stream, std::size_t n) noexcept;
  /// There is something to send on the stream.
  void resume(StreamBase& stream) noexcept;
  void reset(StreamBase& stream, std::uint32_t error) noexcept;
  /// Has the stream resumed at the end of the turn at the latest.
  void wake(StreamBase& stream) noexcept;
  net::DeadlineWheel& deadlines() noexcept { return stream_.worker().deadlines(); }

  /// The error codes that streams end with (RFC 9113 §7).
  static constexpr std::uint32_t no_error = NGHTTP2_NO_ERROR;
  static constexpr std::uint32_t internal_error = NGHTTP2_INTERNAL_ERROR;
  static constexpr std::uint32_t cancelled = NGHTTP2_CANCEL;

  /// What one stream may send us ahead of who reads it, and all of them together. Credit comes back when a piece has been used, so
  /// this is what a slow reader can cost.
  static constexpr std::int32_t stream_window = 256 * 1024;
  static constexpr std::int32_t connection_window = 512 * 1024;

 protected:
  enum class Role : std::uint8_t { server, client };

  /// `stream` must outlive it.
  explicit Session(net::Stream& stream) noexcept : stream_(stream), memory_(stream.worker().blocks()) {}
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Begins; the first SETTINGS are on their way. False: no memory.
  bool begin(Role role, std::span<const nghttp2_settings_entry> settings);
  /// Gives nghttp2 the first `size` bytes of what has arrived and resumes who waited for it. False: the connection cannot go on, as after
  /// `on_over`.
  bool feed(std::size_t size);
  /// Makes frames of what there is to say and has them sent at the end of the turn.
  void speak() noexcept;
  /// Everything was said and nothing more is to be heard.
  bool said_all() const noexcept;
  /// At the end of this turn.
  void soon() noexcept { stream_.worker().poller().at_end(*this); }
  StreamBase* find(std::int32_t id) const noexcept;
  /// Tells the peer why and hears nothing more.
  void terminate(std::uint32_t error) noexcept;
  /// Nothing can be heard or said any more: all streams that are open end with `failure`.
  void break_all(net::Failure failure) noexcept;

  /// A coroutine that uses the session begins and ends. The session must not be destroyed before `quiet` has returned.
  void child_began() noexcept { ++children_; }
  void child_ended() noexcept;
  net::Task<> quiet();
  std::size_t children() const noexcept { return children_; }

  net::Stream& stream() noexcept { return stream_; }
  nghttp2_session* raw() const noexcept { return session_; }
  /// Is more to be sent than the socket takes?
  bool clogged() const noexcept { return out_.size() >= most_unsent; }
  bool has_streams() const noexcept { return !open_.empty(); }
  /// Whether nghttp2 may keep views of names and values instead of copies: the frame is made before this turn goes on.
  std::uint8_t field_flags() const noexcept;
  void opened(StreamBase& stream, std::int32_t id);
  /// Where nghttp2 gets the body of a stream from.
  static nghttp2_data_provider provider_of(StreamBase& stream) noexcept;

  // What nghttp2 reports, from inside its frames: must neither throw nor resume anybody.

  virtual void on_frame_begin(const nghttp2_frame_hd& header) noexcept = 0;
  virtual void on_bad_field() noexcept = 0;
  virtual int on_fields_begin(const nghttp2_frame& frame) noexcept = 0;
  virtual int on_field(const nghttp2_frame& frame, std::string_view name, std::string_view value) noexcept = 0;
  virtual int on_frame(const nghttp2_frame& frame) noexcept = 0;
  virtual void on_sent(const nghttp2_frame& frame) noexcept = 0;
  virtual void on_invalid() noexcept {}
  virtual void on_closed(StreamBase& stream, std::uint32_t error) noexcept = 0;
  /// The last word is on its way, behind it our side of the transport ends, and nothing more will be understood.
  virtual void on_over() noexcept = 0;
  /// A turn ends that `soon` was called in. May resume anybody.
  virtual void on_turn() {}
  /// How long the peer may take nothing of what is sent.
  virtual net::Duration write_patience() const noexcept = 0;

 private:
  // Enough that a full socket is not starved of work, little enough that a slow peer costs no more than this.
  static constexpr std::size_t most_unsent = 64 * 1024;

  struct Callbacks;
  using Woken = boost::intrusive::list<StreamBase, boost::intrusive::constant_time_size<false>>;
  using Open = boost::intrusive::list<StreamBase,
                                      boost::intrusive::member_hook<StreamBase, StreamBase::OpenHook, &StreamBase::open_hook>,
                                      boost::intrusive::constant_time_size<false>>;

  void ready(std::uint32_t events) noexcept override;
  void collect() noexcept;
  void resume_woken();
  void send() noexcept;
  net::Task<> send_rest();
  void fail() noexcept;
  void close(std::int32_t id, std::uint32_t error) noexcept;

  net::Stream& stream_;
  SessionMemory memory_;
  nghttp2_session* session_ = nullptr;
  Woken woken_;
  std::string out_;
  Open open_;
  net::Waiter quiet_;
  std::size_t children_ = 0;
  bool sending_ = false;  ///< a coroutine waits until the socket takes more
  bool over_ = false;     ///< nghttp2 is asked nothing more
  bool broken_ = false;   ///< the transport is gone
  bool shut_ = false;     ///< our side of it has ended
};

}  // namespace gw::http::h2
