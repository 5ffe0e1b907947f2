#include "gateway/net/pem.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>

namespace gw::net {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};

std::unique_ptr<BIO, FreeBio> source(std::string_view text) {
  return std::unique_ptr<BIO, FreeBio>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// OpenSSL's own asks on the terminal, and waits for an answer.
int no_passphrase(char* /*into*/, int /*size*/, int /*writing*/, void* /*pointer*/) { return -1; }

}  // namespace

std::string openssl_reason() {
  std::array<char, 256> text{};
  const auto code = ERR_peek_last_error();
  ERR_error_string_n(code, text.data(), text.size());
  const char* reason = ERR_reason_error_string(code);
  ERR_clear_error();
  return reason != nullptr ? reason : text.data();
}

std::vector<Certificate> read_certificates(std::string_view pem) {
  std::vector<Certificate> found;
  const auto bio = source(pem);
  ERR_clear_error();
  while (X509* one = PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)) found.emplace_back(one);
  // Behind the last one the reader finds no beginning; anything else is a certificate that is broken.
  const bool ended =
      ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_PEM && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!ended) return {};
  if (!found.empty()) ERR_clear_error();
  return found;
}

PrivateKey read_private_key(std::string_view pem) {
  const auto bio = source(pem);
  ERR_clear_error();
  return PrivateKey(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
}

}  // namespace gw::net
