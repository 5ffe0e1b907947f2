#include "loadtest/service/frames.hpp"

#include <array>

namespace loadtest::service {
namespace {

constexpr unsigned char final_bit = 0x80;
constexpr unsigned char mask_bit = 0x80;
constexpr std::size_t mask_bytes = 4;
constexpr unsigned two_byte_length = 126;
constexpr unsigned eight_byte_length = 127;

std::uint64_t number_at(std::string_view bytes, std::size_t size) noexcept {
  std::uint64_t number = 0;
  for (const char c : bytes.substr(0, size)) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

void append_number(std::string& out, std::uint64_t number, unsigned size) {
  for (unsigned i = size; i-- != 0;) out += static_cast<char>(number >> (8 * i) & 0xff);
}

}  // namespace

bool FrameReader::legal(unsigned char first, unsigned char second) const noexcept {
  const unsigned opcode = first & 0x0fU;
  const bool known = opcode <= 2 || (opcode >= 8 && opcode <= 10);
  const bool control = opcode >= 8;
  const bool good_control = !control || ((first & final_bit) != 0 && (second & 0x7fU) < two_byte_length);
  // No extension was agreed on, so that its bits are zero.
  return known && good_control && (first & 0x70U) == 0 && ((second & mask_bit) != 0) == masked_;
}

std::optional<Frame> FrameReader::next() {
  const std::string_view rest = std::string_view(input_).substr(at_);
  if (broken_ || rest.size() < 2) return std::nullopt;
  const auto first = static_cast<unsigned char>(rest[0]);
  const auto second = static_cast<unsigned char>(rest[1]);
  if (!legal(first, second)) {
    broken_ = true;
    return std::nullopt;
  }
  std::uint64_t length = second & 0x7fU;
  const std::size_t more = length == eight_byte_length ? 8 : length == two_byte_length ? 2 : 0;
  const std::size_t head = 2 + more + (masked_ ? mask_bytes : 0);
  if (rest.size() < head) return std::nullopt;
  if (more != 0) length = number_at(rest.substr(2), more);
  if (length > largest) {
    broken_ = true;
    return std::nullopt;
  }
  if (rest.size() - head < length) return std::nullopt;
  Frame frame{static_cast<Opcode>(first & 0x0f), (first & final_bit) != 0,
              std::string(rest.substr(head, static_cast<std::size_t>(length)))};
  if (masked_)
    for (std::size_t i = 0; i != frame.payload.size(); ++i)
      frame.payload[i] = static_cast<char>(frame.payload[i] ^ rest[head - mask_bytes + i % mask_bytes]);
  at_ += head + static_cast<std::size_t>(length);
  if (at_ == input_.size()) {
    input_.clear();
    at_ = 0;
  }
  return frame;
}

void append_frame(std::string& out, Opcode opcode, bool final, std::string_view payload, std::optional<std::uint32_t> mask) {
  out += static_cast<char>((final ? final_bit : 0) | static_cast<unsigned char>(opcode));
  const unsigned char masked = mask ? mask_bit : 0;
  if (payload.size() < two_byte_length) {
    out += static_cast<char>(masked | payload.size());
  } else if (payload.size() <= 0xffff) {
    out += static_cast<char>(masked | two_byte_length);
    append_number(out, payload.size(), 2);
  } else {
    out += static_cast<char>(masked | eight_byte_length);
    append_number(out, payload.size(), 8);
  }
  if (!mask) {
    out += payload;
    return;
  }
  std::array<char, mask_bytes> key{};
  for (unsigned i = 0; i != mask_bytes; ++i) key[i] = static_cast<char>(*mask >> (8 * i) & 0xff);
  out.append(key.data(), key.size());
  for (std::size_t i = 0; i != payload.size(); ++i) out += static_cast<char>(payload[i] ^ key[i % mask_bytes]);
}

}  // namespace loadtest::service
