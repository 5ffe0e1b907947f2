#pragma once
// The TLS settings of one listener: its certificates, chosen by the names that stand inside them.

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/net/tls_settings.hpp"

namespace gw::net {

class TlsContext {
 public:
  /// Loads everything that `settings` name. What cannot be used is in `problems`, one sentence each; with any of them the context
  /// is null.
  static std::shared_ptr<TlsContext> load(const TlsSettings& settings, const FileReader& read,
                                          std::vector<std::string>& problems);

  /// What a new connection starts with; the certificate is chosen when its SNI is known.
  SSL_CTX* initial() const noexcept { return contexts_.front().get(); }

 private:
  void add(SslContext context);
  void index_names(SSL_CTX* context);
  SSL_CTX* choose(std::string_view server_name) const;
  static int on_client_hello(SSL* ssl, int* alert, void* self);
  static int on_server_name(SSL* ssl, int* alert, void* self);
  static int on_alpn(SSL* ssl, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
                     void* self);

  bool http2_ = true;
  std::vector<SslContext> contexts_;
  std::unordered_map<std::string, SSL_CTX*> by_name_;  ///< exact names and `*.domain`, lower case
};

}  // namespace gw::net
