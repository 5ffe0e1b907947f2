#pragma once
// The client's side of TLS for the connections of one lane: whom they trust, what they offer, and the session that they go on with.

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "gateway/net/ready_socket.hpp"
#include "gateway/net/tls_session.hpp"
#include "loadtest/plan/settings.hpp"

namespace loadtest::drive {

/// Lives on its generator's thread.
class TlsClient {
 public:
  /// Certificates are checked against those that the system trusts (SSL_CERT_FILE, SSL_CERT_DIR) unless `transport` says otherwise.
  explicit TlsClient(const plan::Transport& transport);
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  /// Tickets of servers: the last one of an origin is used for its next connection. Must outlive the session.
  class Ticket {
   public:
    Ticket() = default;
    ~Ticket() { SSL_SESSION_free(session_); }
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;

   private:
    friend class TlsClient;
    SSL_SESSION* session_ = nullptr;
  };

  /// A session that expects `host`; null: no memory.
  std::unique_ptr<gw::net::TlsSession> connect(gw::net::ReadySocket& socket, const std::string& host, Ticket& ticket);

 private:
  static int on_ticket(SSL* ssl, SSL_SESSION* session);

  SSL_CTX* context_;
};

}  // namespace loadtest::drive
