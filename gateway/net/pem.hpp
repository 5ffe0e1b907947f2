#pragma once
// PEM texts as OpenSSL's objects. Main thread, at start and reload.

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gw::net {

struct FreeOpenSsl {
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
using Certificate = std::unique_ptr<X509, FreeOpenSsl>;
using PrivateKey = std::unique_ptr<EVP_PKEY, FreeOpenSsl>;

/// Every certificate in the text, in its order; empty when there is none or one of them is broken, and `openssl_reason` says why.
std::vector<Certificate> read_certificates(std::string_view pem);

/// The key in the text; null when there is none or it needs a passphrase: nobody is there to type it.
PrivateKey read_private_key(std::string_view pem);

/// Why OpenSSL has just refused something, in its words; forgets it.
std::string openssl_reason();

}  // namespace gw::net
