#pragma once
// Where the frames and messages of one direction of a WebSocket end (RFC 6455 §5.2), so that a Close frame of ours can be put
// between them. Sans-I/O; looks at heads of frames only.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace gw::http {

class WebSocketFrames {
 public:
  /// Follows the next bytes. Returns how many of them, at most, a frame of ours may be put behind: there no frame is begun and no
  /// message is half told. Nothing: there is no such place among them.
  std::optional<std::size_t> follow(std::span<const char> bytes) noexcept;

  /// May a frame of ours stand here, behind all that was followed?
  bool between_messages() const noexcept { return have_ == 0 && !message_open_; }

  /// Was any of what was followed last of a message? Pings, pongs and Close frames are of none.
  bool followed_data() const noexcept { return followed_data_; }

  /// Has a Close frame begun? Nothing may follow it.
  bool closed() const noexcept { return closed_; }

 private:
  std::size_t head_size() const noexcept;
  void read_head() noexcept;

  std::array<std::uint8_t, 14> head_{};
  std::size_t have_ = 0;    ///< bytes of the head of the present frame; 0: between two frames
  std::uint64_t left_ = 0;  ///< of its payload
  bool message_open_ = false;
  bool control_ = false;  ///< the present frame is of no message
  bool followed_data_ = false;
  bool closed_ = false;
};

/// A server's Close frame with the code 1012, "service restart": come back, perhaps to another.
inline constexpr std::string_view websocket_restart{"\x88\x02\x03\xf4", 4};

}  // namespace gw::http
