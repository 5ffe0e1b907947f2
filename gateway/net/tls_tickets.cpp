#include "gateway/net/tls_tickets.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <span>

namespace gw::net {
namespace {

/// What OpenSSL understands of an answer to its question about a ticket.
enum Answer : int { failed = -1, no_ticket = 0, good = 1, good_but_renew = 2 };

// Fetched once and kept: looking an algorithm up takes a lock that all threads share.
const EVP_CIPHER* cipher() {
  static const EVP_CIPHER* const fetched = EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr);
  return fetched;
}

bool set_mac(EVP_MAC_CTX* mac, const TicketKeys::Key& key) {
  auto secret = key.mac;
  char digest[] = "SHA256";
  const OSSL_PARAM settings[] = {OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, secret.data(), secret.size()),
                                 OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                 OSSL_PARAM_construct_end()};
  const bool done = EVP_MAC_CTX_set_params(mac, settings) == 1;
  OPENSSL_cleanse(secret.data(), secret.size());
  return done;
}

const TicketKeys* keys_of(SSL* ssl) {
  const auto* slot = static_cast<const std::shared_ptr<const TicketKeys>*>(SSL_get_app_data(ssl));
  return slot != nullptr ? slot->get() : nullptr;
}

int seal(const TicketKeys::Key& key, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* context, EVP_MAC_CTX* mac) {
  std::copy(key.name.begin(), key.name.end(), name);
  const bool done = RAND_bytes(iv, EVP_CIPHER_get_iv_length(cipher())) == 1 &&
                    EVP_EncryptInit_ex2(context, cipher(), key.cipher.data(), iv, nullptr) == 1 && set_mac(mac, key);
  return done ? good : failed;
}

// SSL_CTX_set_tlsext_ticket_key_evp_cb(3)
int on_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* context, EVP_MAC_CTX* mac, int sealing) {
  const auto* keys = keys_of(ssl);
  if (keys == nullptr) return no_ticket;
  if (sealing == 1) return seal(keys->current(), name, iv, context, mac);
  const auto* key = keys->find(std::span<const unsigned char, TicketKeys::name_bytes>(name, TicketKeys::name_bytes));
  if (key == nullptr) return no_ticket;
  if (EVP_DecryptInit_ex2(context, cipher(), key->cipher.data(), iv, nullptr) != 1 || !set_mac(mac, *key)) return failed;
  // Its key is on the way out: whoever comes back regularly never needs a full handshake.
  return key == &keys->current() ? good : good_but_renew;
}

// SSL_CTX_set_session_ticket_cb(3). A session brings its client's certificate along, and nobody looks at the dates of that again.
SSL_TICKET_RETURN on_session(SSL* /*ssl*/, SSL_SESSION* session, const unsigned char* /*name*/, std::size_t /*size*/,
                             SSL_TICKET_STATUS status, void* /*pointer*/) {
  if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW) return SSL_TICKET_RETURN_IGNORE_RENEW;
  const X509* client = SSL_SESSION_get0_peer(session);
  if (client != nullptr && X509_cmp_current_time(X509_get0_notAfter(client)) < 0) return SSL_TICKET_RETURN_IGNORE_RENEW;
  return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
}

}  // namespace

void use_ticket_keys(SSL_CTX* context) {
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket);
  SSL_CTX_set_session_ticket_cb(context, nullptr, on_session, nullptr);
}

void give_ticket_keys(SSL* ssl, const std::shared_ptr<const TicketKeys>& keys) {
  if (keys) {
    SSL_set_app_data(ssl, const_cast<std::shared_ptr<const TicketKeys>*>(&keys));
    return;
  }
  SSL_set_options(ssl, SSL_OP_NO_TICKET);
  SSL_set_num_tickets(ssl, 0);
}

}  // namespace gw::net
