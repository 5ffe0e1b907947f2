#pragma once
// Secrets at rest: sealed with a key that lies beside the database in a file of its own, and wiped from memory after use.

#include <array>
#include <filesystem>
#include <string>
#include <string_view>

namespace runtime::state {

/// The value of a secret in memory. Wiped when destroyed; not printable, not comparable by accident.
class SecretValue {
 public:
  SecretValue() = default;
  explicit SecretValue(std::string value) : value_(std::move(value)) {}
  SecretValue(const SecretValue&) = default;
  SecretValue(SecretValue&& other) noexcept;
  SecretValue& operator=(SecretValue other) noexcept;
  ~SecretValue();

  /// The plain value. Do not copy it into anything that is logged, stored or put on a command line.
  std::string_view reveal() const noexcept { return value_; }

 private:
  std::string value_;
};

/// Overwrites the bytes of a string in a way the compiler cannot leave out.
void wipe(std::string& text) noexcept;

class SecretBox {
 public:
  /// Reads the key file, or creates it (0600, atomically: two racing processes end with the same key). Throws Trouble
  /// when the file is readable by others, has the wrong size or cannot be made.
  explicit SecretBox(const std::filesystem::path& key_file);
  ~SecretBox();
  SecretBox(const SecretBox&) = delete;
  SecretBox& operator=(const SecretBox&) = delete;

  /// Seals a value for one place: `context` (the Space and the name) is authenticated, so a sealed value that is moved to
  /// another row does not open.
  std::string seal(const SecretValue& value, std::string_view context) const;
  /// Throws Trouble, without the value, when it was sealed with another key, for another place, or altered.
  SecretValue open(std::string_view sealed, std::string_view context) const;
  /// What tells one text from another without saying anything of it (32 hexadecimal digits): it depends on our key too.
  std::string mark(std::string_view text) const;
  /// A key for another purpose, made from ours one-way: `purpose` is at most 8 characters.
  std::array<unsigned char, 32> derive(std::string_view purpose) const;

  /// What tells this key from others, and says nothing about it; 64 hexadecimal digits.
  std::string id() const;
  /// Takes the key of another box.
  void become(const SecretBox& other) noexcept { key_ = other.key_; }

 private:
  static constexpr std::size_t key_size = 32;
  std::array<unsigned char, key_size> key_{};
};

}  // namespace runtime::state
