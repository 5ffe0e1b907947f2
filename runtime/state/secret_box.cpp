#include "runtime/state/secret_box.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "runtime/state/trouble.hpp"

namespace runtime::state {
namespace {

static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == 32);
constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

[[noreturn]] void fail(const std::filesystem::path& file, std::string_view what, std::string_view next) {
  throw Trouble(Kind::unavailable, fmt::format("the key file {} {}", file.string(), what), std::string(next), file.string());
}

// The key is written to a file of its own name and then linked: link(2) never replaces, so the first one wins and nobody
// ever sees half a key.
void create_key(const std::filesystem::path& file) {
  std::array<unsigned char, 32> key{};
  randombytes_buf(key.data(), key.size());
  const std::string temporary = fmt::format("{}.{}", file.string(), ::getpid());
  const int out = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  bool written = out >= 0 && ::write(out, key.data(), key.size()) == static_cast<ssize_t>(key.size()) && ::fsync(out) == 0;
  const int error = errno;
  sodium_memzero(key.data(), key.size());
  if (out >= 0) ::close(out);
  if (written && ::link(temporary.c_str(), file.c_str()) != 0 && errno != EEXIST) written = false;
  ::unlink(temporary.c_str());
  if (!written) fail(file, fmt::format("cannot be made: {}", std::strerror(error)), "free some space, or check the folder");
}

}  // namespace

void wipe(std::string& text) noexcept { sodium_memzero(text.data(), text.size()); }

// NOLINTNEXTLINE(performance-move-constructor-init): a short string moves by copy and would stay behind, so it is wiped.
SecretValue::SecretValue(SecretValue&& other) noexcept : value_(other.value_) { wipe(other.value_); }

SecretValue& SecretValue::operator=(SecretValue other) noexcept {
  value_.swap(other.value_);
  return *this;
}

SecretValue::~SecretValue() { wipe(value_); }

SecretBox::SecretBox(const std::filesystem::path& key_file) {
  if (sodium_init() < 0) throw Trouble(Kind::internal, "libsodium cannot be initialised");
  int in = ::open(key_file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (in < 0 && errno == ENOENT) {
    create_key(key_file);
    in = ::open(key_file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  }
  if (in < 0) fail(key_file, fmt::format("cannot be read: {}", std::strerror(errno)), "check its owner");
  struct stat info {};
  const bool known = ::fstat(in, &info) == 0;
  const ssize_t got = known ? ::read(in, key_.data(), key_.size()) : -1;
  ::close(in);
  if (known && (info.st_mode & 077) != 0) {
    sodium_memzero(key_.data(), key_.size());
    fail(key_file, "may be read by others", fmt::format("chmod 600 {}", key_file.string()));
  }
  if (got != static_cast<ssize_t>(key_size) || info.st_size != static_cast<off_t>(key_size)) {
    fail(key_file, "does not hold a key of 32 bytes", "put the right file back; without it the stored secrets are lost");
  }
}

SecretBox::~SecretBox() { sodium_memzero(key_.data(), key_.size()); }

std::string SecretBox::seal(const SecretValue& value, std::string_view context) const {
  std::string sealed(nonce_size + value.reveal().size() + tag_size, '\0');
  randombytes_buf(sealed.data(), nonce_size);
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes(sealed) + nonce_size, nullptr, bytes(value.reveal()), value.reveal().size(),
                                             bytes(context), context.size(), nullptr, bytes(sealed), key_.data());
  return sealed;
}

SecretValue SecretBox::open(std::string_view sealed, std::string_view context) const {
  const auto lost = [&] {
    return Trouble(Kind::unavailable, "a stored secret cannot be opened: it was sealed with another key",
                   "put the right secrets.key back, or set the secret again");
  };
  if (sealed.size() < nonce_size + tag_size) throw lost();
  std::string plain(sealed.size() - nonce_size - tag_size, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(bytes(plain), nullptr, nullptr, bytes(sealed) + nonce_size,
                                                 sealed.size() - nonce_size, bytes(context), context.size(), bytes(sealed),
                                                 key_.data()) != 0) {
    throw lost();
  }
  SecretValue value(plain);
  wipe(plain);
  return value;
}

std::string SecretBox::id() const {
  std::string digits;
  for (const unsigned char byte : derive("key-id")) digits += fmt::format("{:02x}", byte);
  return digits;
}

std::array<unsigned char, 32> SecretBox::derive(std::string_view purpose) const {
  std::array<char, crypto_kdf_CONTEXTBYTES> context{};
  std::memcpy(context.data(), purpose.data(), std::min(purpose.size(), context.size()));
  std::array<unsigned char, 32> made{};
  crypto_kdf_derive_from_key(made.data(), made.size(), 1, context.data(), key_.data());
  return made;
}

std::string SecretBox::mark(std::string_view text) const {
  const auto key = derive("marks");
  std::array<unsigned char, crypto_generichash_BYTES_MIN> hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(), key.data(),
                     key.size());
  std::array<char, 2 * hash.size() + 1> digits{};
  sodium_bin2hex(digits.data(), digits.size(), hash.data(), hash.size());
  return digits.data();
}

}  // namespace runtime::state
