#pragma once
// One TLS connection over a ReadySocket: OpenSSL reads and writes the socket itself through a BIO of ours, which knows when
// asking is in vain. No BIO pair, no copy of the records.

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "gateway/net/ready_socket.hpp"
#include "gateway/net/ticket_keys.hpp"

namespace gw::net {

class TlsSession {
 public:
  /// What the session needs before it can go on.
  enum class Need : std::uint8_t {
    nothing,  ///< done; `n` bytes moved
    read,     ///< wait until the socket is readable
    write,    ///< wait until the socket is writable
    closed,   ///< the peer ended the TLS stream (close_notify)
    failed,   ///< the session is broken
  };
  struct Step {
    Need need = Need::nothing;
    std::size_t n = 0;
  };

  /// The server's side of a connection on `socket`, which must outlive it, with the keys of its worker's tickets; null when there is
  /// no memory.
  static std::unique_ptr<TlsSession> accept(SSL_CTX* context, ReadySocket& socket,
                                            const std::shared_ptr<const TicketKeys>& keys);

  /// The client's side, over `made`: who makes it has said whom it expects and what is resumed. Null when there is no memory.
  static std::unique_ptr<TlsSession> connect(SSL* made, ReadySocket& socket);

  Step handshake() noexcept;
  Step read(std::span<char> into) noexcept;
  Step write(std::span<const char> from) noexcept;
  /// Are there bytes that a read would give without touching the socket?
  bool pending() const noexcept;
  /// Sends close_notify if the socket takes it at once.
  void close() noexcept;

  /// The name the client asked for (SNI); empty when none.
  std::string server_name() const;
  std::string_view version() const noexcept;
  /// Why the peer's certificate was refused, in OpenSSL's words; empty: it was not.
  std::string_view refusal() const noexcept;
  /// Did it go on with a session of an earlier connection?
  bool resumed() const noexcept;
  /// The client's certificate if it has shown a good one, as X-Forwarded-Client-Cert tells it: `Hash=<SHA-256 in hex>;Subject="<RFC 2253>"`,
  /// without a subject of more than 1 KiB. Empty: it has none, or was not asked.
  std::string client_certificate() const;
  /// What was agreed on by ALPN (RFC 7301); empty: nothing.
  std::string_view protocol() const noexcept;

 private:
  struct Free {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
  };
  explicit TlsSession(SSL* ssl) noexcept : ssl_(ssl) {}
  bool use(ReadySocket& socket) noexcept;
  Step outcome(int result) noexcept;

  std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace gw::net
