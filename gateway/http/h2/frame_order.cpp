#include "gateway/http/h2/frame_order.hpp"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <cstring>

namespace gw::http::h2 {
namespace {

std::uint32_t number(const char* at, std::size_t bytes) noexcept {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i != bytes; ++i) value = value << 8 | static_cast<unsigned char>(at[i]);
  return value;
}

}  // namespace

std::size_t FrameOrder::in_order(std::span<const char> input) noexcept {
  auto rest = input;
  while (!over_) {
    const auto skipped = std::min(payload_, rest.size());
    payload_ -= skipped;
    rest = rest.subspan(skipped);
    const std::size_t taken = std::min(head_size - held_, rest.size());
    const char* const head = head_in(rest);
    if (head == nullptr) break;
    if (!takes(head)) {
      over_ = true;
      return input.size() - rest.size();
    }
    payload_ = number(head, 3);
    rest = rest.subspan(taken);
  }
  return input.size();
}

// The next head; null while it is not all there.
const char* FrameOrder::head_in(std::span<const char> input) noexcept {
  if (held_ == 0 && input.size() >= head_size) return input.data();
  const std::size_t taken = std::min(head_size - held_, input.size());
  if (taken != 0) std::memcpy(head_.data() + held_, input.data(), taken);
  held_ = static_cast<std::uint8_t>(held_ + taken);
  if (held_ != head_size) return nullptr;
  held_ = 0;
  return head_.data();
}

bool FrameOrder::takes(const char* head) noexcept {
  const auto type = static_cast<std::uint8_t>(head[3]);
  const auto flags = static_cast<std::uint8_t>(head[4]);
  const auto id = static_cast<std::int32_t>(number(head + 5, 4) & 0x7FFF'FFFF);
  // Anything else between ends the connection for a reason of its own.
  if (in_fields_ && type != NGHTTP2_CONTINUATION) over_ = true;
  if (type == NGHTTP2_HEADERS || type == NGHTTP2_CONTINUATION) in_fields_ = (flags & NGHTTP2_FLAG_END_HEADERS) == 0;
  if (over_ || id % 2 == 0) return true;
  const bool says = type == NGHTTP2_HEADERS || type == NGHTTP2_DATA;
  if (says && numbers_.has_ended(id)) return false;
  if (type == NGHTTP2_HEADERS && numbers_.above_all(id)) numbers_.opened(id);
  if (type == NGHTTP2_RST_STREAM || (says && (flags & NGHTTP2_FLAG_END_STREAM) != 0)) numbers_.ended(id);
  return true;
}

}  // namespace gw::http::h2
