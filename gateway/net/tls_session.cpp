#include "gateway/net/tls_session.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace gw::net {

std::unique_ptr<TlsSession> TlsSession::accept(SSL_CTX* context, int descriptor) {
  SSL* ssl = SSL_new(context);
  if (ssl == nullptr) return nullptr;
  std::unique_ptr<TlsSession> session(new TlsSession(ssl));
  if (SSL_set_fd(ssl, descriptor) != 1) return nullptr;
  SSL_set_accept_state(ssl);
  return session;
}

TlsSession::Step TlsSession::outcome(int result) noexcept {
  if (result > 0) return {Need::nothing, static_cast<std::size_t>(result)};
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {Need::read, 0};
    case SSL_ERROR_WANT_WRITE:
      return {Need::write, 0};
    case SSL_ERROR_ZERO_RETURN:
      return {Need::closed, 0};
    default:
      ERR_clear_error();
      return {Need::failed, 0};
  }
}

TlsSession::Step TlsSession::handshake() noexcept { return outcome(SSL_do_handshake(ssl_.get())); }

TlsSession::Step TlsSession::read(std::span<char> into) noexcept {
  return outcome(SSL_read(ssl_.get(), into.data(), static_cast<int>(std::min<std::size_t>(into.size(), INT_MAX))));
}

TlsSession::Step TlsSession::write(std::span<const char> from) noexcept {
  return outcome(SSL_write(ssl_.get(), from.data(), static_cast<int>(std::min<std::size_t>(from.size(), INT_MAX))));
}

bool TlsSession::pending() const noexcept { return SSL_has_pending(ssl_.get()) == 1; }

void TlsSession::close() noexcept {
  if (SSL_in_init(ssl_.get()) == 0) SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

std::string TlsSession::server_name() const {
  const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  return name != nullptr ? name : "";
}

std::string_view TlsSession::version() const noexcept { return SSL_get_version(ssl_.get()); }

}  // namespace gw::net
