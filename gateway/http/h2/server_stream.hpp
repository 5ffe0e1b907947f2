#pragma once
// One stream that a client has opened, as an exchange. Lives on its worker's thread.

#include <memory>
#include <optional>

#include "gateway/http/exchange.hpp"
#include "gateway/http/h2/session.hpp"
#include "gateway/net/job.hpp"

namespace gw::http::h2 {

class ServerConnection;

class ServerStream final : public ClientSide, public StreamBase, public net::Job {
 public:
  using StartHook = boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
  StartHook start_hook;  ///< among those whose head has just come

  explicit ServerStream(ServerConnection& connection);
  ~ServerStream() override;

  RequestHead& request() noexcept { return *head_; }
  void head_is_here() noexcept { head_here_ = true; }
  bool has_head() const noexcept { return head_here_; }
  /// The request is to be answered with a refusal.
  void refuse(net::Code code) noexcept { refused_ = code; }

  /// Has the exchange handled. Takes over a reference that whoever starts it has counted.
  net::Task<> run() override;

  net::Task<net::Result<RequestHead*>> read_head() override;
  net::Task<net::Result<Chunk>> read_body() override { return take(tunnel_ ? net::Duration::zero() : patience()); }
  std::optional<net::Result<Chunk>> ready_body() override { return take_ready(); }
  net::Task<net::Result<void>> write_head(const ResponseHead& head, Chunk first) override;
  net::Task<net::Result<void>> write_body(Chunk piece) override {
    return put(piece, tunnel_ ? net::Duration::zero() : write_patience());
  }
  void abort() noexcept override;
  void stop_reading() noexcept override { stop_taking(); }
  void watch(std::function<void()> gone) override { on_gone(std::move(gone)); }

 private:
  /// A client that goes on sending behind a whole answer may, for so long: curl 7.88 takes a stream that is reset in the middle of its
  /// upload for broken, and forgets the answer (rule 43).
  class Linger final : public net::Deadline {
   public:
    Linger(net::DeadlineWheel& wheel, ServerStream& stream) noexcept : net::Deadline(wheel), stream_(stream) {}

   private:
    void expired() noexcept override { stream_.reset(Session::no_error); }
    ServerStream& stream_;
  };

  net::Duration patience() const noexcept;
  net::Duration write_patience() const noexcept;
  void end() noexcept;
  void drop_rest() noexcept;

  ServerConnection& connection_;
  std::unique_ptr<RequestHead> head_;
  std::optional<net::Code> refused_;
  Linger linger_;
  bool head_here_ = false;
  bool invited_ = false;  ///< a 100 was sent: the client sends its body
  bool tunnel_ = false;
};

}  // namespace gw::http::h2
