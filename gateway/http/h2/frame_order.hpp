#pragma once
// Whether a client goes on with a stream that it has ended (RFC 9113 §5.1). Sans-I/O. nghttp2 would only know of streams that it keeps, a quarter
// of a kilobyte each, when they are over; of the others it drops DATA without a word.

#include <array>
#include <cstdint>
#include <span>

#include "gateway/http/h2/stream_numbers.hpp"

namespace gw::http::h2 {

/// Follows the frames of one client from its preface on, by their heads alone. Whether they are right otherwise is nghttp2's business.
class FrameOrder {
 public:
  /// `input` comes behind what was given before. How much of it is in order: all, or what stands before a HEADERS or DATA frame on a stream
  /// that the client has ended, with END_STREAM or RST_STREAM. That is a connection error STREAM_CLOSED, and nothing behind it is looked at.
  std::size_t in_order(std::span<const char> input) noexcept;

 private:
  static constexpr std::size_t head_size = 9;
  static constexpr std::size_t preface_size = 24;

  const char* head_in(std::span<const char> input) noexcept;
  bool takes(const char* head) noexcept;

  StreamNumbers numbers_;
  std::size_t payload_ = preface_size;  ///< left of the present frame
  std::array<char, head_size> head_;    ///< one that has come in pieces
  std::uint8_t held_ = 0;               ///< bytes of it
  bool in_fields_ = false;              ///< only CONTINUATION may follow
  bool over_ = false;                   ///< the connection ends
};

}  // namespace gw::http::h2
