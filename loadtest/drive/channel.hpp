#pragma once
// A socket, plain or with TLS, that is never waited for.

#include <memory>
#include <span>

#include "gateway/net/ready_socket.hpp"
#include "gateway/net/tls_session.hpp"

namespace loadtest::drive {

class Channel {
 public:
  enum class Went : std::uint8_t {
    some,     ///< bytes moved
    nothing,  ///< none now
    ended,    ///< the peer has ended its side
    broken,
  };
  struct Step {
    Went went = Went::nothing;
    std::size_t bytes = 0;
  };

  explicit Channel(gw::net::Descriptor socket) noexcept : socket_(std::move(socket)) {}
  // A TLS session knows where its socket is.
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  gw::net::ReadySocket& socket() noexcept { return socket_; }
  const gw::net::TlsSession* tls() const noexcept { return tls_.get(); }

  void secure(std::unique_ptr<gw::net::TlsSession> session) noexcept { tls_ = std::move(session); }
  /// `some`: the handshake is over.
  Went handshake() noexcept;
  Step read(std::span<char> into) noexcept;
  Step write(std::span<const char> from) noexcept;
  /// With TLS it says so to the peer, who might take it for an attack otherwise.
  gw::net::Descriptor close() noexcept;
  /// May a read bring something without a word from the kernel?
  bool readable() const noexcept { return socket_.readable() || (tls_ && tls_->pending()); }

 private:
  static Step of(gw::net::TlsSession::Step step) noexcept;

  gw::net::ReadySocket socket_;
  std::unique_ptr<gw::net::TlsSession> tls_;
};

}  // namespace loadtest::drive
