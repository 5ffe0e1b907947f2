#pragma once
// WebSocket frames (RFC 6455 §5) as bytes, for the server here and for the client that drives it. Sans-I/O.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace loadtest::service {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

struct Frame {
  Opcode opcode = Opcode::text;
  bool final = true;
  std::string payload;  ///< unmasked
  bool control() const noexcept { return opcode >= Opcode::close; }
};

/// Takes frames out of a stream of bytes.
class FrameReader {
 public:
  /// Clients must mask what they send, servers must not.
  explicit FrameReader(bool masked) noexcept : masked_(masked) {}

  void add(std::span<const char> bytes) { input_.append(bytes.data(), bytes.size()); }
  /// The next whole frame; nothing: there is none yet, or what came breaks the rules.
  std::optional<Frame> next();
  /// Has something come that is no frame, or one beyond `largest`? Then nothing more is taken.
  bool broken() const noexcept { return broken_; }

  static constexpr std::uint64_t largest = 16 << 20;

 private:
  bool legal(unsigned char first, unsigned char second) const noexcept;

  std::string input_;
  std::size_t at_ = 0;
  bool masked_;
  bool broken_ = false;
};

/// Appends a frame. With `mask` (a client's) the payload is masked with it.
void append_frame(std::string& out, Opcode opcode, bool final, std::string_view payload,
                  std::optional<std::uint32_t> mask = std::nullopt);

}  // namespace loadtest::service
