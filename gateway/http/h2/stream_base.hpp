#pragma once
// What both ends of an HTTP/2 stream share: a body that comes in, a body that goes out, each at the pace of whoever is behind it. Lives
// on its worker's thread.

#include <boost/intrusive/list.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "gateway/http/message.hpp"
#include "gateway/net/deadline.hpp"
#include "gateway/net/result.hpp"
#include "gateway/net/waiter.hpp"

namespace gw::http::h2 {

class Session;

/// Kept alive by its connection while it is open, by its exchange while somebody uses that, and while it is to be woken.
class StreamBase : public boost::intrusive_ref_counter<StreamBase, boost::thread_unsafe_counter>,
                   public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  using OpenHook = boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
  OpenHook open_hook;  ///< in its session's list of open streams

  /// `session` must outlive it. `side` is whose failures it reports.
  StreamBase(Session& session, net::Side side);
  virtual ~StreamBase();
  StreamBase(const StreamBase&) = delete;
  StreamBase& operator=(const StreamBase&) = delete;

  std::int32_t id() const noexcept { return id_; }
  void opened(std::int32_t id) noexcept { id_ = id; }

  // From the connection, also inside nghttp2's callbacks: nobody is resumed here. `Session::wake` does that later.

  void received(std::string_view data);
  void received_end();
  Fields& trailers() noexcept { return trailers_; }
  /// It is over. `failure` when that was before both sides had ended it.
  void closed(std::optional<net::Failure> failure);
  bool is_closed() const noexcept { return closed_; }
  /// Has the peer ended its side?
  bool peer_ended() const noexcept { return ended_; }
  /// Bytes of the body that nobody has read: their credit is still out.
  std::size_t unread() const noexcept { return arrived_.size() + held_; }

  /// What the next DATA frame may carry.
  struct Offer {
    std::size_t size = 0;
    bool wait = false;                 ///< nothing to send yet
    bool end = false;                  ///< nothing after it
    const Fields* trailers = nullptr;  ///< but these
  };
  Offer offer(std::size_t room) noexcept;
  /// Appends the `size` bytes that were offered.
  void hand_over(std::size_t size, std::string& to);
  /// Is everything taken that was to be sent?
  bool sent_all() const noexcept { return out_.empty() && !out_last_; }
  /// Has our side ended?
  bool finished() const noexcept { return finished_; }

  /// Resumes who waits for what has happened. May destroy the stream.
  void resume();

 protected:
  /// Ends one wait.
  class Patience final : public net::Deadline {
   public:
    Patience(net::DeadlineWheel& wheel, net::Waiter& waiter) noexcept : net::Deadline(wheel), waiter_(waiter) {}
    bool over = false;

   private:
    void expired() noexcept override;
    net::Waiter& waiter_;
  };

  std::optional<net::Result<Chunk>> take_ready();
  /// `patience`: without a byte of the body; zero: for ever.
  net::Task<net::Result<Chunk>> take(net::Duration patience);
  /// Returns when the connection has taken the piece. `patience`: without a byte taken; zero: for ever.
  net::Task<net::Result<void>> put(Chunk piece, net::Duration patience);
  /// Our side has ended with its head.
  void finish() noexcept { finished_ = true; }
  void stop_taking() noexcept;
  void on_gone(std::function<void()> gone);
  /// Ends it with RST_STREAM.
  void reset(std::uint32_t error) noexcept;
  /// Why the stream is closed.
  virtual net::Failure failure() const noexcept;
  /// What else `resume` has to tell.
  virtual void resume_more() {}
  Session& session() noexcept { return session_; }
  net::Side side() const noexcept { return side_; }

 private:
  void give_credit();
  net::Task<net::Result<void>> put_rest(net::Duration patience);
  net::Result<void> put_over() noexcept;

  Session& session_;
  std::string arrived_;
  std::string reading_;   ///< the piece that was handed out last
  std::size_t held_ = 0;  ///< its size: credit is due when it has been used
  std::span<const char> out_;
  const Fields* out_trailers_ = nullptr;
  Fields trailers_;
  net::Waiter reader_;
  net::Waiter writer_;
  Patience reading_patience_;
  Patience writing_patience_;
  std::function<void()> gone_;
  std::optional<net::Failure> failure_;
  std::int32_t id_ = 0;
  net::Side side_;
  bool ended_ = false;
  bool end_given_ = false;
  bool closed_ = false;
  bool unwanted_ = false;  ///< the rest of the body is not wanted
  bool out_last_ = false;
  bool finished_ = false;
  bool moved_ = false;  ///< bytes were taken since the writer began to wait
};

}  // namespace gw::http::h2
