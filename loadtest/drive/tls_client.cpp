#include "loadtest/drive/tls_client.hpp"

#include <openssl/x509v3.h>

#include <new>
#include <span>
#include <string_view>

namespace loadtest::drive {
namespace {

// RFC 7301: names behind their lengths.
constexpr std::string_view only_http2 = "\x02h2";
constexpr std::string_view only_http1 = "\x08http/1.1";
constexpr std::string_view either = "\x02h2\x08http/1.1";

std::string_view offered(plan::Protocol protocol) noexcept {
  switch (protocol) {
    case plan::Protocol::http2:
    case plan::Protocol::h2c:
      return only_http2;
    case plan::Protocol::negotiated:
      return either;
    case plan::Protocol::http1:
    case plan::Protocol::websocket:
    case plan::Protocol::events:
      break;
  }
  return only_http1;
}

}  // namespace

TlsClient::TlsClient(const plan::Transport& transport) : context_(SSL_CTX_new(TLS_client_method())) {
  if (context_ == nullptr) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION);
  SSL_CTX_set_verify(context_, transport.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (transport.verify) SSL_CTX_set_default_verify_paths(context_);
  const auto protocols = offered(transport.protocol);
  SSL_CTX_set_alpn_protos(context_, reinterpret_cast<const unsigned char*>(protocols.data()),
                          static_cast<unsigned>(protocols.size()));
  SSL_CTX_set_mode(context_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  SSL_CTX_sess_set_new_cb(context_, &TlsClient::on_ticket);
}

TlsClient::~TlsClient() { SSL_CTX_free(context_); }

int TlsClient::on_ticket(SSL* ssl, SSL_SESSION* session) {
  auto& ticket = *static_cast<Ticket*>(SSL_get_ex_data(ssl, 0));
  SSL_SESSION_free(ticket.session_);
  ticket.session_ = session;
  return 1;  // it is ours now
}

std::unique_ptr<gw::net::TlsSession> TlsClient::connect(gw::net::ReadySocket& socket, const std::string& host, Ticket& ticket) {
  SSL* ssl = SSL_new(context_);
  if (ssl == nullptr) return nullptr;
  SSL_set_ex_data(ssl, 0, &ticket);
  // An address is no server name (RFC 6066 §3), but a certificate may name it.
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) != 1) {
    SSL_set1_host(ssl, host.c_str());
    SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(host.c_str()));
  }
  // OpenSSL takes a ticket for used up by the handshake that it resumes (RFC 8446 §C.4 is about privacy, which is not at stake here), and
  // servers do not give a new one each time: a copy leaves ours as it is.
  if (ticket.session_ != nullptr) {
    SSL_SESSION* copy = SSL_SESSION_dup(ticket.session_);
    SSL_set_session(ssl, copy);
    SSL_SESSION_free(copy);
  }
  return gw::net::TlsSession::connect(ssl, socket);
}

}  // namespace loadtest::drive
