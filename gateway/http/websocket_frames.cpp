#include "gateway/http/websocket_frames.hpp"

#include <algorithm>

namespace gw::http {
namespace {

constexpr std::uint8_t final_fragment = 0x80;
constexpr std::uint8_t opcode_bits = 0x0f;
constexpr std::uint8_t control_frame = 0x08;
constexpr std::uint8_t close_frame = 0x08;
constexpr std::uint8_t masked = 0x80;
constexpr std::uint8_t length_bits = 0x7f;
constexpr std::uint8_t length_of_16_bits = 126;
constexpr std::uint8_t length_of_64_bits = 127;

// How many bytes behind the first two say how long the payload is.
std::size_t length_bytes(std::uint8_t second) noexcept {
  const auto length = second & length_bits;
  return length == length_of_16_bits ? 2 : length == length_of_64_bits ? 8 : 0;
}

}  // namespace

std::size_t WebSocketFrames::head_size() const noexcept {
  if (have_ < 2) return 2;
  return 2 + length_bytes(head_[1]) + ((head_[1] & masked) != 0 ? 4 : 0);
}

void WebSocketFrames::read_head() noexcept {
  left_ = head_[1] & length_bits;
  if (const auto bytes = length_bytes(head_[1]); bytes != 0) {
    left_ = 0;
    for (std::size_t i = 0; i != bytes; ++i) left_ = left_ << 8 | head_[2 + i];
  }
  const auto opcode = head_[0] & opcode_bits;
  // Control frames may stand between the fragments of a message.
  control_ = (opcode & control_frame) != 0;
  if (!control_) message_open_ = (head_[0] & final_fragment) == 0;
  closed_ = closed_ || opcode == close_frame;
}

std::optional<std::size_t> WebSocketFrames::follow(std::span<const char> bytes) noexcept {
  std::optional<std::size_t> place;
  if (between_messages()) place = 0;
  followed_data_ = false;
  for (std::size_t at = 0; at != bytes.size();) {
    if (left_ != 0) {
      const auto step = std::min<std::uint64_t>(left_, bytes.size() - at);
      left_ -= step;
      at += step;
      followed_data_ = followed_data_ || !control_;
    } else {
      head_[have_++] = static_cast<std::uint8_t>(bytes[at++]);
      if (have_ != head_size()) continue;
      read_head();
      followed_data_ = followed_data_ || !control_;
    }
    if (left_ != 0) continue;
    have_ = 0;
    if (between_messages()) place = at;
  }
  return place;
}

}  // namespace gw::http
