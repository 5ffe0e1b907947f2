#pragma once
// Our end of an HTTP/2 connection to an upstream, which many exchanges share. It reads for itself and lives as long as it is open or
// somebody holds it. Lives on its worker's thread.

#include <memory>
#include <vector>

#include "gateway/http/client.hpp"
#include "gateway/http/h2/client_stream.hpp"
#include "gateway/http/h2/session.hpp"

namespace gw::http::h2 {

class ClientConnection final : public SharedConnection, public Session, public std::enable_shared_from_this<ClientConnection> {
 public:
  ClientConnection(std::unique_ptr<net::Stream> stream, net::Duration idle);
  ~ClientConnection() override;

  /// Begins to read.
  void start();

  std::unique_ptr<http::ClientConnection> exchange(const ClientTimeouts& timeouts) override;
  bool over() const noexcept override { return ended_; }
  void part() noexcept override;

  // For its streams.
  net::Result<void> open(ClientStream& stream, const RequestHead& head, bool end) noexcept;
  bool knows_settings() const noexcept { return settings_here_ || ended_; }
  bool takes_websockets() const noexcept;
  void wait_for_settings(ClientStream& stream);
  /// A request of `since` was given up. Where nothing at all has come since then, nobody may be there any more, and what comes next
  /// goes over another connection; a connection too many is what a slow app costs that has nothing else to do.
  void unanswered(net::Clock::time_point since) noexcept;
  /// A lease has ended.
  void released() noexcept;
  net::Stream& transport() noexcept { return *owned_; }
  using Session::speak;

 private:
  class Idle final : public net::Deadline {
   public:
    explicit Idle(ClientConnection& connection) noexcept : net::Deadline(connection.deadlines()), connection_(connection) {}

   private:
    void expired() noexcept override { connection_.part(); }
    ClientConnection& connection_;
  };

  static net::Task<> run(std::shared_ptr<ClientConnection> self);
  net::Task<> read();
  void on_frame_begin(const nghttp2_frame_hd&) noexcept override {}
  void on_bad_field() noexcept override {}
  int on_fields_begin(const nghttp2_frame& frame) noexcept override;
  int on_field(const nghttp2_frame& frame, std::string_view name, std::string_view value) noexcept override;
  int on_frame(const nghttp2_frame& frame) noexcept override;
  void on_sent(const nghttp2_frame&) noexcept override {}
  void on_closed(StreamBase& stream, std::uint32_t error) noexcept override;
  void on_over() noexcept override;
  // Rule 65: a transport that takes nothing for so long is dead for all its streams.
  net::Duration write_patience() const noexcept override { return net::Duration(60'000); }

  ClientStream* stream_of(const nghttp2_frame& frame) noexcept;
  void take_settings();
  int broken(ClientStream& stream, net::Failure failure) noexcept;

  std::unique_ptr<net::Stream> owned_;
  ResponseReader reader_;
  std::vector<boost::intrusive_ptr<ClientStream>> waiting_;  ///< for the upstream's SETTINGS
  Idle idle_timer_;
  net::Duration idle_;
  net::Clock::time_point heard_{};  ///< when bytes came last
  std::size_t leases_ = 0;
  bool settings_here_ = false;
  bool parting_ = false;
  bool deserted_ = false;  ///< perhaps: nothing new goes over it
  bool ended_ = false;
};

}  // namespace gw::http::h2
