#pragma once
// One stream that we have opened, as an exchange. Lives on its worker's thread.

#include <deque>

#include "gateway/http/client.hpp"
#include "gateway/http/exchange.hpp"
#include "gateway/http/h2/response_reader.hpp"
#include "gateway/http/h2/stream_base.hpp"

namespace gw::http::h2 {

class ClientConnection;

class ClientStream final : public UpstreamSide, public StreamBase {
 public:
  ClientStream(ClientConnection& connection, const ClientTimeouts& timeouts);

  net::Task<net::Result<ResponseHead*>> read_head() override;
  net::Task<net::Result<Chunk>> read_body() override { return take(tunnel_ ? net::Duration::zero() : timeouts_.body); }
  std::optional<net::Result<Chunk>> ready_body() override { return take_ready(); }
  net::Task<net::Result<void>> write_head(const RequestHead& head, Chunk first) override;
  net::Task<net::Result<void>> write_body(Chunk piece) override;
  void abort() noexcept override;
  void stop_reading() noexcept override { abort(); }
  void watch(std::function<void()> gone) override { on_gone(std::move(gone)); }

  // From its connection.
  /// The head that is being read.
  ResponseHead& incoming();
  /// It is complete.
  void head_is_here(bool final);
  bool has_final_head() const noexcept { return final_here_; }
  ResponseExpectation& expected() noexcept { return expected_; }

 private:
  void resume_more() override;
  void request_sent() noexcept;
  net::Failure failure() const noexcept override;

  ClientConnection& connection_;
  ClientTimeouts timeouts_;
  ResponseExpectation expected_;
  std::deque<ResponseHead> heads_;  ///< the one that is in use or comes next, and those behind it
  std::size_t read_ = 0;            ///< of these have been given out
  net::Waiter head_waiter_;
  Patience patience_;
  net::Clock::time_point asked_{};  ///< when the request began to go out
  bool incoming_ = false;           ///< the last of `heads_` is not complete
  bool final_here_ = false;
  bool request_done_ = false;
  bool awaited_ = false;  ///< somebody waits for a head
  bool tunnel_ = false;
};

}  // namespace gw::http::h2
