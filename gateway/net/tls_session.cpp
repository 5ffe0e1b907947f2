#include "gateway/net/tls_session.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

#include "gateway/net/tls_tickets.hpp"

namespace gw::net {
namespace {

ReadySocket& socket_of(BIO* bio) noexcept { return *static_cast<ReadySocket*>(BIO_get_data(bio)); }

int bio_read(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  const auto n = socket_of(bio).receive({into, static_cast<std::size_t>(size)});
  if (n < 0 && errno == EAGAIN) BIO_set_retry_read(bio);
  if (n == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(n);
}

int bio_write(BIO* bio, const char* from, int size) {
  BIO_clear_retry_flags(bio);
  const iovec piece{const_cast<char*>(from), static_cast<std::size_t>(size)};
  const auto n = socket_of(bio).send({&piece, 1});
  if (n < 0 && errno == EAGAIN) BIO_set_retry_write(bio);
  return static_cast<int>(n);
}

// BIO_flush must succeed, and OpenSSL asks for the end to tell it from an error.
long bio_control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

/// Made once, never freed: a BIO_METHOD is shared by all sessions.
const BIO_METHOD* socket_method() noexcept {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "gateway socket");
    if (made == nullptr) return made;
    BIO_meth_set_read(made, bio_read);
    BIO_meth_set_write(made, bio_write);
    BIO_meth_set_ctrl(made, bio_control);
    return made;
  }();
  return method;
}

/// A name as RFC 2253 writes it, in ASCII, where `"` stands behind a backslash; empty when it is too long for a field.
std::string subject_of(const X509& certificate) {
  constexpr int most_bytes = 1024;
  BIO* out = BIO_new(BIO_s_mem());
  if (out == nullptr) return {};
  const int written = X509_NAME_print_ex(out, X509_get_subject_name(&certificate), 0, XN_FLAG_RFC2253);
  const char* text = nullptr;
  const long size = BIO_get_mem_data(out, &text);
  std::string subject;
  if (written > 0 && size <= most_bytes) subject.assign(text, static_cast<std::size_t>(size));
  BIO_free(out);
  return subject;
}

std::string describe_client(const X509& certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> print{};
  unsigned size = 0;
  if (X509_digest(&certificate, EVP_sha256(), print.data(), &size) != 1) return {};
  std::string told = "Hash=";
  for (const auto byte : std::span(print).first(size)) {
    told += "0123456789abcdef"[byte >> 4];
    told += "0123456789abcdef"[byte & 15];
  }
  if (const auto subject = subject_of(certificate); !subject.empty()) told.append(";Subject=\"").append(subject).append("\"");
  return told;
}

}  // namespace

std::unique_ptr<TlsSession> TlsSession::accept(SSL_CTX* context, ReadySocket& socket,
                                               const std::shared_ptr<const TicketKeys>& keys) {
  SSL* ssl = SSL_new(context);
  if (ssl == nullptr) return nullptr;
  give_ticket_keys(ssl, keys);
  std::unique_ptr<TlsSession> session(new TlsSession(ssl));
  if (!session->use(socket)) return nullptr;
  SSL_set_accept_state(ssl);
  return session;
}

std::unique_ptr<TlsSession> TlsSession::connect(SSL* made, ReadySocket& socket) {
  if (made == nullptr) return nullptr;
  std::unique_ptr<TlsSession> session(new TlsSession(made));
  if (!session->use(socket)) return nullptr;
  SSL_set_connect_state(made);
  return session;
}

bool TlsSession::use(ReadySocket& socket) noexcept {
  BIO* bio = BIO_new(socket_method());
  if (bio == nullptr) return false;
  BIO_set_data(bio, &socket);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  return true;
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

std::string_view TlsSession::refusal() const noexcept {
  const long verdict = SSL_get_verify_result(ssl_.get());
  return verdict == X509_V_OK ? std::string_view{} : X509_verify_cert_error_string(verdict);
}

bool TlsSession::resumed() const noexcept { return SSL_session_reused(ssl_.get()) == 1; }

std::string TlsSession::client_certificate() const {
  const X509* shown = SSL_get0_peer_certificate(ssl_.get());
  if (shown == nullptr || SSL_get_verify_result(ssl_.get()) != X509_V_OK) return {};
  return describe_client(*shown);
}

std::string_view TlsSession::protocol() const noexcept {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string_view TlsSession::version() const noexcept { return SSL_get_version(ssl_.get()); }

}  // namespace gw::net
