#include "gateway/net/tls_context.hpp"

#include <openssl/x509v3.h>

#include <algorithm>
#include <span>

namespace gw::net {
namespace {

// RFC 7301: what we speak, what we like best first.
constexpr std::string_view with_http2 = "\x02h2\x08http/1.1";
constexpr std::string_view without_http2 = "\x08http/1.1";

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return result;
}

/// The name in a server_name extension (RFC 6066 §3): a list whose entries are a type, a length and a name; OpenSSL takes one
/// only. Empty when it is malformed, which OpenSSL answers itself.
std::string_view host_name(std::span<const unsigned char> extension) {
  constexpr std::size_t before_name = 5;
  if (extension.size() <= before_name || extension[2] != TLSEXT_NAMETYPE_host_name) return {};
  const auto name = extension.subspan(before_name);
  const auto length = static_cast<std::size_t>(extension[3]) << 8 | extension[4];
  if (length != name.size()) return {};
  return {reinterpret_cast<const char*>(name.data()), name.size()};
}

}  // namespace

std::shared_ptr<TlsContext> TlsContext::load(const TlsSettings& settings, const FileReader& read,
                                             std::vector<std::string>& problems) {
  auto result = std::shared_ptr<TlsContext>(new TlsContext);
  result->http2_ = settings.http2;
  bool good = !settings.certificates.empty();
  for (const auto& pair : settings.certificates) {
    auto context = make_ssl_context(settings, pair, read, problems);
    good = good && context;
    if (context) result->add(std::move(context));
  }
  return good ? result : nullptr;
}

void TlsContext::add(SslContext context) {
  SSL_CTX_set_client_hello_cb(context.get(), &TlsContext::on_client_hello, this);
  // OpenSSL's macro for this hides an old-style cast.
  SSL_CTX_callback_ctrl(context.get(), SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
                        reinterpret_cast<void (*)()>(&TlsContext::on_server_name));
  SSL_CTX_set_alpn_select_cb(context.get(), &TlsContext::on_alpn, this);
  index_names(context.get());
  contexts_.push_back(std::move(context));
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

// Here and not when OpenSSL tells of the name: by then it has looked at the session that the client wants to resume, in TLS 1.3
// with the policy of the context that the connection began with (nginx CVE-2025-23419). With the context comes the policy's id.
int TlsContext::on_client_hello(SSL* ssl, int*, void* self) {
  const unsigned char* extension = nullptr;
  std::size_t size = 0;
  std::string_view name;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &extension, &size) == 1) name = host_name({extension, size});
  SSL_CTX* chosen = static_cast<const TlsContext*>(self)->choose(name);
  if (chosen != SSL_get_SSL_CTX(ssl)) SSL_set_SSL_CTX(ssl, chosen);
  return SSL_CLIENT_HELLO_SUCCESS;
}

// Without it OpenSSL does not remember the name.
int TlsContext::on_server_name(SSL* ssl, int*, void*) {
  return SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) != nullptr ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
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
