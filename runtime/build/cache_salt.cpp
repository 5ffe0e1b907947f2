#include "runtime/build/cache_salt.hpp"

#include <cctype>

#include <sodium.h>

namespace runtime::build {

std::string cache_salt(const std::array<unsigned char, 32>& key, const std::map<std::string, std::string>& used) {
  crypto_generichash_state hash;
  std::array<unsigned char, 16> digest{};
  crypto_generichash_init(&hash, key.data(), key.size(), digest.size());
  // Lengths keep (ab, c) and (a, bc) apart.
  const auto add = [&hash](const std::string& text) {
    const auto size = std::to_string(text.size()) + ":";
    crypto_generichash_update(&hash, reinterpret_cast<const unsigned char*>(size.data()), size.size());
    crypto_generichash_update(&hash, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  };
  for (const auto& [name, value] : used) {
    add(name);
    add(value);
  }
  crypto_generichash_final(&hash, digest.data(), digest.size());
  std::string out(digest.size() * 2 + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), digest.data(), digest.size());
  out.pop_back();
  return out;
}

std::string host_label(std::string_view space) {
  std::string out(space);
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    c = std::isalnum(byte) != 0 ? static_cast<char>(std::tolower(byte)) : '-';
  }
  return out;
}

}  // namespace runtime::build
