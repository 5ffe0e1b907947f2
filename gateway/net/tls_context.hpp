#pragma once
// The TLS settings of one listener: its certificates, chosen by the names that stand inside them.

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gw::net {

/// PEM files of one certificate chain and its key.
struct CertificateFiles {
  std::string certificate;
  std::string private_key;
};

class TlsContext {
 public:
  /// Loads every pair. What cannot be used is in `problems`, one sentence each; with any of them the context is null.
  /// `http2`: whether it is offered in ALPN.
  static std::shared_ptr<TlsContext> load(const std::vector<CertificateFiles>& files, std::vector<std::string>& problems,
                                          bool http2 = true);

  /// What a new connection starts with; the certificate is chosen when its SNI is known.
  SSL_CTX* initial() const noexcept { return contexts_.front().get(); }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
  };
  using Context = std::unique_ptr<SSL_CTX, Free>;

  bool add(const CertificateFiles& files, std::vector<std::string>& problems);
  void index_names(SSL_CTX* context);
  SSL_CTX* choose(std::string_view server_name) const;
  static int on_server_name(SSL* ssl, int* alert, void* self);
  static int on_alpn(SSL* ssl, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
                     void* self);

  bool http2_ = true;
  std::vector<Context> contexts_;
  std::unordered_map<std::string, SSL_CTX*> by_name_;  ///< exact names and `*.domain`, lower case
};

}  // namespace gw::net
