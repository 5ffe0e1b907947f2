// Where a frame of ours may stand in a stream of WebSocket frames is the same for a reader of the whole and for one of its pieces.

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <vector>

#include "gateway/http/websocket_frames.hpp"

namespace {

/// The stream as RFC 6455 §5.2 reads it, with all of it at hand.
struct Whole {
  std::vector<std::size_t> places{0};  ///< between two messages, in order
  std::vector<std::size_t> closes;     ///< behind the head of a Close frame
};

std::uint64_t byte(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

Whole read(std::string_view text) {
  Whole whole;
  bool message_open = false;
  for (std::size_t at = 0; text.size() - at >= 2;) {
    const auto first = byte(text, at);
    const auto second = byte(text, at + 1);
    std::uint64_t length = second % 128;
    const std::size_t more = length == 126 ? 2 : length == 127 ? 8 : 0;
    const std::size_t head = 2 + more + (second >= 128 ? 4 : 0);
    if (text.size() - at < head) break;
    if (more != 0) length = 0;
    for (std::size_t i = 0; i != more; ++i) length = length * 256 + byte(text, at + 2 + i);
    const auto opcode = first % 16;
    if (opcode == 8) whole.closes.push_back(at + head);
    if (opcode < 8) message_open = first < 128;
    if (text.size() - at - head < length) break;
    at += head + length;
    if (!message_open) whole.places.push_back(at);
  }
  return whole;
}

/// The last place from `begin` to `end`, counted from `begin`.
std::optional<std::size_t> last_place(const Whole& whole, std::size_t begin, std::size_t end) {
  std::optional<std::size_t> last;
  for (const auto place : whole.places)
    if (begin <= place && place <= end) last = place - begin;
  return last;
}

void check(const Whole& whole, std::string_view text, std::size_t step) {
  gw::http::WebSocketFrames frames;
  for (std::size_t at = 0; at < text.size(); at += step) {
    const auto piece = text.substr(at, step);
    const std::size_t end = at + piece.size();
    if (frames.follow(piece) != last_place(whole, at, end)) std::abort();
    if (frames.between_messages() != last_place(whole, end, end).has_value()) std::abort();
    if (frames.closed() != (!whole.closes.empty() && whole.closes.front() <= end)) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  const Whole whole = read(text);
  check(whole, text, text.size());
  check(whole, text, 1);
  check(whole, text, std::size_t{data[0]} + 1);
  return 0;
}
