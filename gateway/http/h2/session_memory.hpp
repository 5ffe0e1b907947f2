#pragma once
// The memory of one nghttp2 session. Its largest part is a buffer for the largest frame, 16 KiB, of which a session that sends ordinary heads
// writes to the first few hundred bytes. From the heap it costs all of them: that hands out what OpenSSL's buffers have just left of a handshake.

#include <nghttp2/nghttp2.h>

#include <cstddef>

#include "gateway/net/buffer.hpp"

namespace gw::http::h2 {

/// What is large and as old as the session lies in one block of pages: the session, its table of streams and, behind them, that buffer, in
/// whose untouched pages there is no memory. What comes and goes with each stream lies in the lists of coroutines' frames, small things on the heap.
/// Must outlive the session.
class SessionMemory {
 public:
  /// `blocks` must outlive it. When it has none, there is no block.
  explicit SessionMemory(net::BufferPool& blocks) noexcept
      : blocks_(blocks), block_(blocks.take()), left_(block_ != nullptr ? blocks.block_size() : 0) {}
  ~SessionMemory();
  SessionMemory(const SessionMemory&) = delete;
  SessionMemory& operator=(const SessionMemory&) = delete;

  /// For the call that makes the session, which copies them.
  nghttp2_mem functions() noexcept;
  /// The session is made: what is allocated from now on does not last.
  void complete() noexcept { left_ = 0; }

 private:
  struct Functions;

  void* take(std::size_t size) noexcept;
  bool owns(const void* piece) const noexcept;
  std::size_t size_from(const void* piece) const noexcept;

  net::BufferPool& blocks_;
  char* block_;
  std::size_t left_;  ///< bytes at the end of the block that may be taken
};

}  // namespace gw::http::h2
