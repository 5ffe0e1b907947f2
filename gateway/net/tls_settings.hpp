#pragma once
// What a TLS listener is told, and one SSL_CTX made of it. Main thread, at start and reload.

#include <openssl/ssl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/net/pem.hpp"

namespace gw::net {

/// PEM files of one certificate chain and its key.
struct CertificateFiles {
  std::string certificate;
  std::string private_key;
};

/// Are clients asked for a certificate of their own?
enum class ClientCertificate : std::uint8_t {
  none,     ///< not asked
  request,  ///< asked; who has none is served without, a bad one ends the handshake
  require,  ///< asked; none or a bad one ends the handshake
};

struct TlsSettings {
  std::vector<CertificateFiles> certificates;
  ClientCertificate client_certificate = ClientCertificate::none;
  std::string client_ca;      ///< PEM file of those who vouch for clients; needed unless clients are not asked
  bool only_tls_1_3 = false;  ///< else TLS 1.2 as well
  bool http2 = true;          ///< offered in ALPN
};

/// Gives the content of a file, or nothing and the sentence that says why.
using FileReader = std::function<std::optional<std::string>(const std::string& path, std::string& problem)>;

using SslContext = std::unique_ptr<SSL_CTX, FreeOpenSsl>;

/// Everything about a context that does not depend on which names it serves, with the pair `files`. A session of it resumes only
/// where certificate and demands on clients are the same (rule 59). Null: `problems` says why, one sentence each.
SslContext make_ssl_context(const TlsSettings& settings, const CertificateFiles& files, const FileReader& read,
                            std::vector<std::string>& problems);

}  // namespace gw::net
