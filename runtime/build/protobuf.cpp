#include "runtime/build/protobuf.hpp"

namespace runtime::build {

std::optional<std::uint64_t> ProtobufReader::varint() noexcept {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !bytes_.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes_.front());
    bytes_.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return value;
  }
  good_ = false;
  return std::nullopt;
}

std::optional<ProtobufReader::Field> ProtobufReader::next() noexcept {
  if (!good_ || bytes_.empty()) return std::nullopt;
  const auto tag = varint();
  if (!tag) return std::nullopt;
  Field field;
  field.number = static_cast<std::uint32_t>(*tag >> 3);
  std::uint64_t size = 0;
  switch (*tag & 7) {
    case 0: {
      const auto value = varint();
      if (!value) return std::nullopt;
      field.integer = *value;
      return field;
    }
    case 1:
      size = 8;
      break;
    case 2: {
      const auto length = varint();
      if (!length) return std::nullopt;
      size = *length;
      break;
    }
    case 5:
      size = 4;
      break;
    default:
      good_ = false;
      return std::nullopt;
  }
  if (size > bytes_.size()) return good_ = false, std::nullopt;
  field.bytes = bytes_.substr(0, size);
  bytes_.remove_prefix(size);
  return field;
}

namespace {
void append_varint(std::string& to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) to += static_cast<char>((value & 0x7f) | 0x80);
  to += static_cast<char>(value);
}
}  // namespace

void put_varint(std::string& to, std::uint32_t field, std::uint64_t value) {
  append_varint(to, std::uint64_t{field} << 3);
  append_varint(to, value);
}

void put_bytes(std::string& to, std::uint32_t field, std::string_view bytes) {
  append_varint(to, (std::uint64_t{field} << 3) | 2);
  append_varint(to, bytes.size());
  to.append(bytes);
}

}  // namespace runtime::build
