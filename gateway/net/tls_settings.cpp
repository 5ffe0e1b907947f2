#include "gateway/net/tls_settings.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509_vfy.h>

#include <array>

#include "gateway/net/tls_tickets.hpp"

namespace gw::net {
namespace {

// As long as the keys of tickets live; a client asks anew when it wants to.
constexpr long session_seconds = 24L * 3600;

/// The identity of a policy: what must be the same for a session of one connection to be good on another.
class PolicyDigest {
 public:
  PolicyDigest() : digest_(EVP_MD_CTX_new()) { EVP_DigestInit_ex(digest_, EVP_sha256(), nullptr); }
  ~PolicyDigest() { EVP_MD_CTX_free(digest_); }
  PolicyDigest(const PolicyDigest&) = delete;
  PolicyDigest& operator=(const PolicyDigest&) = delete;

  void add(const X509* certificate) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> print{};
    unsigned size = 0;
    X509_digest(certificate, EVP_sha256(), print.data(), &size);
    EVP_DigestUpdate(digest_, print.data(), size);
  }
  void add(unsigned char number) { EVP_DigestUpdate(digest_, &number, 1); }
  void give_to(SSL_CTX* context) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> id{};
    unsigned size = 0;
    EVP_DigestFinal_ex(digest_, id.data(), &size);
    SSL_CTX_set_session_id_context(context, id.data(), size);
  }

 private:
  EVP_MD_CTX* digest_;
};

void set_protocol(SSL_CTX* context, const TlsSettings& settings) {
  SSL_CTX_set_min_proto_version(context, settings.only_tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
  // Mozilla's intermediate list: forward secrecy and AEAD only.
  SSL_CTX_set_cipher_list(context,
                          "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
                          "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305");
  // The same list's groups; OpenSSL's own choice adds X448 and P-521, which cost us ten times as much as X25519.
  SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384");
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
  // What is sent as our chain is what stands in the file, not what OpenSSL finds among the authorities of clients.
  SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  // One read fetches whole records instead of header and body apart.
  SSL_CTX_set_read_ahead(context, 1);
  // Sessions live in the clients' tickets only: nothing is kept here.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_timeout(context, session_seconds);
  use_ticket_keys(context);
}

bool set_pair(SSL_CTX* context, const CertificateFiles& files, const FileReader& read, PolicyDigest& policy,
              std::vector<std::string>& problems) {
  std::array<std::string, 2> unread;
  const auto chain_text = read(files.certificate, unread[0]);
  const auto key_text = read(files.private_key, unread[1]);
  for (auto& sentence : unread)
    if (!sentence.empty()) problems.push_back(std::move(sentence));
  if (!chain_text || !key_text) return false;
  const auto refuse = [&](const std::string& what) {
    problems.push_back(what + ": " + openssl_reason());
    return false;
  };
  const auto chain = read_certificates(*chain_text);
  if (chain.empty() || SSL_CTX_use_certificate(context, chain.front().get()) != 1)
    return refuse("cannot use the certificate " + files.certificate);
  for (std::size_t i = 1; i < chain.size(); ++i)
    if (SSL_CTX_add1_chain_cert(context, chain[i].get()) != 1) return refuse("cannot use the certificate " + files.certificate);
  const auto key = read_private_key(*key_text);
  if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1)
    return refuse("cannot use the private key " + files.private_key + " for " + files.certificate);
  policy.add(chain.front().get());
  return true;
}

bool set_client_ca(SSL_CTX* context, const TlsSettings& settings, const FileReader& read, PolicyDigest& policy,
                   std::vector<std::string>& problems) {
  policy.add(static_cast<unsigned char>(settings.client_certificate));
  if (settings.client_certificate == ClientCertificate::none) return true;
  std::string unread;
  const auto text = read(settings.client_ca, unread);
  if (!text) {
    problems.push_back(std::move(unread));
    return false;
  }
  const auto authorities = read_certificates(*text);
  if (authorities.empty()) {
    problems.push_back("cannot use the authorities of clients in " + settings.client_ca + ": " + openssl_reason());
    return false;
  }
  for (const auto& one : authorities) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), one.get());
    SSL_CTX_add_client_CA(context, one.get());
    policy.add(one.get());
  }
  ERR_clear_error();
  const bool required = settings.client_certificate == ClientCertificate::require;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
  return true;
}

}  // namespace

SslContext make_ssl_context(const TlsSettings& settings, const CertificateFiles& files, const FileReader& read,
                            std::vector<std::string>& problems) {
  SslContext context(SSL_CTX_new(TLS_server_method()));
  if (!context) {
    problems.push_back("cannot set up TLS: " + openssl_reason());
    return nullptr;
  }
  set_protocol(context.get(), settings);
  PolicyDigest policy;
  policy.add(static_cast<unsigned char>(settings.only_tls_1_3));
  const bool pair = set_pair(context.get(), files, read, policy, problems);
  const bool clients = set_client_ca(context.get(), settings, read, policy, problems);
  if (!pair || !clients) return nullptr;
  policy.give_to(context.get());
  return context;
}

}  // namespace gw::net
