#include "gateway/http/h1/websocket.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <array>

namespace gw::http::h1 {

std::string websocket_accept(std::string_view key) {
  std::string text{key};
  text += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455 §1.3
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) return {};
  std::array<unsigned char, 4 * ((SHA_DIGEST_LENGTH + 2) / 3) + 1> encoded;
  const int length = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(digest.size()));
  return {encoded.begin(), encoded.begin() + length};
}

std::string websocket_key() {
  std::array<unsigned char, 16> bytes{};
  // OpenSSL's generator fails only without entropy at all; a key of zeros is one, too.
  static_cast<void>(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())));
  std::array<unsigned char, 25> encoded;
  const int length = EVP_EncodeBlock(encoded.data(), bytes.data(), static_cast<int>(bytes.size()));
  return {encoded.begin(), encoded.begin() + length};
}

}  // namespace gw::http::h1
