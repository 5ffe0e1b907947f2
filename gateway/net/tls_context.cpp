#include "gateway/net/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

namespace gw::net {
namespace {

// RFC 7301: what we speak, what we like best first.
constexpr std::string_view with_http2 = "\x02h2\x08http/1.1";
constexpr std::string_view without_http2 = "\x08http/1.1";

std::string openssl_reason() {
  std::array<char, 256> text{};
  const auto code = ERR_peek_last_error();
  ERR_error_string_n(code, text.data(), text.size());
  const char* reason = ERR_reason_error_string(code);
  ERR_clear_error();
  return reason != nullptr ? reason : text.data();
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return result;
}

}  // namespace

std::shared_ptr<TlsContext> TlsContext::load(const std::vector<CertificateFiles>& files, std::vector<std::string>& problems,
                                             bool http2) {
  auto result = std::shared_ptr<TlsContext>(new TlsContext);
  result->http2_ = http2;
  bool good = !files.empty();
  for (const auto& pair : files) good = result->add(pair, problems) && good;
  return good ? result : nullptr;
}

bool TlsContext::add(const CertificateFiles& files, std::vector<std::string>& problems) {
  Context context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  // Mozilla's intermediate list: forward secrecy and AEAD only.
  SSL_CTX_set_cipher_list(context.get(),
                          "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
                          "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305");
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                         SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  // One read fetches whole records instead of header and body apart.
  SSL_CTX_set_read_ahead(context.get(), 1);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  // OpenSSL's macro for this hides an old-style cast.
  SSL_CTX_callback_ctrl(context.get(), SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
                        reinterpret_cast<void (*)()>(&TlsContext::on_server_name));
  SSL_CTX_ctrl(context.get(), SSL_CTRL_SET_TLSEXT_SERVERNAME_ARG, 0, this);
  SSL_CTX_set_alpn_select_cb(context.get(), &TlsContext::on_alpn, this);
  if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1) {
    problems.push_back("cannot use the certificate " + files.certificate + ": " + openssl_reason());
    return false;
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), files.private_key.c_str(), SSL_FILETYPE_PEM) != 1) {
    problems.push_back("cannot use the private key " + files.private_key + ": " + openssl_reason());
    return false;
  }
  if (SSL_CTX_check_private_key(context.get()) != 1) {
    problems.push_back("the private key " + files.private_key + " does not belong to " + files.certificate);
    ERR_clear_error();
    return false;
  }
  index_names(context.get());
  contexts_.push_back(std::move(context));
  return true;
}

void TlsContext::index_names(SSL_CTX* context) {
  X509* certificate = SSL_CTX_get0_certificate(context);
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_DNS) continue;
    const auto* text = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
    by_name_.emplace(lower({text, static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName))}), context);
  }
  GENERAL_NAMES_free(names);
}

SSL_CTX* TlsContext::choose(std::string_view server_name) const {
  const auto wanted = lower(server_name);
  if (const auto exact = by_name_.find(wanted); exact != by_name_.end()) return exact->second;
  // A wildcard stands for exactly one label (RFC 6125 §6.4.3).
  if (const auto dot = wanted.find('.'); dot != std::string::npos) {
    if (const auto wild = by_name_.find("*" + wanted.substr(dot)); wild != by_name_.end()) return wild->second;
  }
  return initial();
}

int TlsContext::on_server_name(SSL* ssl, int*, void* self) {
  const auto* context = static_cast<const TlsContext*>(self);
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name == nullptr) return SSL_TLSEXT_ERR_NOACK;
  SSL_CTX* chosen = context->choose(name);
  if (chosen != SSL_get_SSL_CTX(ssl)) SSL_set_SSL_CTX(ssl, chosen);
  return SSL_TLSEXT_ERR_OK;
}

int TlsContext::on_alpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
                        void* self) {
  const auto spoken = static_cast<const TlsContext*>(self)->http2_ ? with_http2 : without_http2;
  unsigned char* selected = nullptr;
  const auto result = SSL_select_next_proto(&selected, out_size, reinterpret_cast<const unsigned char*>(spoken.data()),
                                            static_cast<unsigned>(spoken.size()), in, in_size);
  // RFC 7301 §3.2: no common protocol is fatal, alert 120 (rule 74).
  if (result != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace gw::net
