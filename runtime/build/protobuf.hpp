#pragma once
// The little of Protocol Buffers that BuildKit's messages need. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace runtime::build {

/// Reads one message field by field.
class ProtobufReader {
 public:
  explicit ProtobufReader(std::string_view bytes) noexcept : bytes_(bytes) {}

  struct Field {
    std::uint32_t number = 0;
    std::uint64_t integer = 0;  ///< of a varint or fixed field
    std::string_view bytes;     ///< of a length-delimited one
  };
  /// The next field; nothing at the end, or when the bytes are no message (`good` tells).
  std::optional<Field> next() noexcept;
  bool good() const noexcept { return good_; }

 private:
  std::optional<std::uint64_t> varint() noexcept;
  std::string_view bytes_;
  bool good_ = true;
};

/// Appends fields to a message.
void put_varint(std::string& to, std::uint32_t field, std::uint64_t value);
void put_bytes(std::string& to, std::uint32_t field, std::string_view bytes);

}  // namespace runtime::build
