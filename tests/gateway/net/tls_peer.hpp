#pragma once
// A TLS client for tests.

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

#include "gateway/net/tls_settings.hpp"

namespace gw::net::test {

/// The client's side, on the raw end of a connection.
class TlsPeer {
 public:
  using Session = std::shared_ptr<SSL_SESSION>;

  explicit TlsPeer(int descriptor) : context_(SSL_CTX_new(TLS_client_method())), ssl_(nullptr) {
    SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context_, [](SSL* ssl, SSL_SESSION* fresh) {
      static_cast<TlsPeer*>(SSL_get_app_data(ssl))->session = Session(fresh, SSL_SESSION_free);
      return 1;
    });
    SSL_CTX_set_mode(context_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    ssl_ = SSL_new(context_);
    SSL_set_app_data(ssl_, this);
    SSL_set_fd(ssl_, descriptor);
    SSL_set_connect_state(ssl_);
  }
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;
  ~TlsPeer() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }

  void name(const char* host) {
    SSL_ctrl(ssl_, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(host));
  }
  void offer(std::string_view protocols) {
    SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(protocols.data()),
                        static_cast<unsigned>(protocols.size()));
  }
  void only(int version) {
    SSL_set_min_proto_version(ssl_, version);
    SSL_set_max_proto_version(ssl_, version);
  }
  void groups(const char* list) { SSL_set1_groups_list(ssl_, list); }
  void show(const CertificateFiles& own) {
    SSL_use_certificate_file(ssl_, own.certificate.c_str(), SSL_FILETYPE_PEM);
    SSL_use_PrivateKey_file(ssl_, own.private_key.c_str(), SSL_FILETYPE_PEM);
  }
  /// Wants to go on with a session of an earlier connection.
  void resume(const Session& earlier) { SSL_set_session(ssl_, earlier.get()); }
  /// The newest ticket. In TLS 1.2 OpenSSL does not tell of one that renews another.
  Session ticket() const {
    const Session present(SSL_get1_session(ssl_), SSL_SESSION_free);
    return session || !present || SSL_SESSION_has_ticket(present.get()) == 0 ? session : present;
  }
  bool resumed() const { return SSL_session_reused(ssl_) == 1; }
  void only_tls_1_1() {
    SSL_set_min_proto_version(ssl_, TLS1_1_VERSION);
    SSL_set_max_proto_version(ssl_, TLS1_1_VERSION);
    SSL_set_cipher_list(ssl_, "ALL:@SECLEVEL=0");
  }

  /// One step of the handshake; true when it is over, either way.
  bool step() {
    const int result = SSL_do_handshake(ssl_);
    if (result == 1) return done = true;
    const int error = SSL_get_error(ssl_, result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return false;
    return failed = true;
  }
  void pull(std::size_t most = 1 << 20) {
    std::string buffer(16 * 1024, '\0');
    for (std::size_t got = 0; got < most;) {
      const int n = SSL_read(ssl_, buffer.data(), static_cast<int>(buffer.size()));
      if (n <= 0) {
        ended = ended || SSL_get_error(ssl_, n) == SSL_ERROR_ZERO_RETURN;
        return;
      }
      received.append(buffer.data(), static_cast<std::size_t>(n));
      got += static_cast<std::size_t>(n);
    }
  }
  std::size_t send(std::string_view bytes) {
    const int n = SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
    return n > 0 ? static_cast<std::size_t>(n) : 0;
  }
  void finish() { SSL_shutdown(ssl_); }
  std::string certificate() const {
    std::string common(64, '\0');
    X509* shown = SSL_get1_peer_certificate(ssl_);
    const int n = X509_NAME_get_text_by_NID(X509_get_subject_name(shown), NID_commonName, common.data(), 64);
    X509_free(shown);
    common.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return common;
  }
  std::string protocol() const {
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_, &chosen, &size);
    return {reinterpret_cast<const char*>(chosen), size};
  }

  bool done = false;
  bool failed = false;
  bool ended = false;
  std::string received;
  Session session;  ///< the newest one that OpenSSL has told of

 private:
  SSL_CTX* context_;
  SSL* ssl_;
};

}  // namespace gw::net::test
