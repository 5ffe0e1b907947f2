#pragma once
// What a peer may do to us for free: the oddities that a good one has now and then and an attack consists of, in one bucket per
// connection (rules 60-62, 66, 69). Pure; the clock is the caller's.

#include <cstdint>

#include "gateway/net/deadline.hpp"

namespace gw::http::h2 {

class AbuseGuard {
 public:
  /// nghttp2's and nginx's answer to CVE-2023-44487: a thousand at once, 33 a second from then on.
  static constexpr unsigned burst = 1'000;
  static constexpr unsigned a_second = 33;
  /// From here on the connection is to end in an orderly way; at `burst` it ends at once.
  static constexpr unsigned warned_at = burst * 3 / 4;

  enum class Verdict : std::uint8_t {
    fine,
    warn,  ///< take no more streams (once)
    over,  ///< GOAWAY with ENHANCE_YOUR_CALM
  };

  explicit AbuseGuard(net::Clock::time_point now) noexcept : since_(now) {}

  /// One oddity: a reset by the peer, one that it made us send, a refused stream, a frame that says nothing.
  Verdict odd(net::Clock::time_point now) noexcept;
  /// `bytes` of DATA went out: window updates that answer them are no oddity.
  void sent(std::size_t bytes) noexcept;
  Verdict window_update(net::Clock::time_point now) noexcept;
  /// All oddities so far.
  std::uint64_t total() const noexcept { return total_; }

 private:
  net::Clock::time_point since_;  ///< up to when the bucket has leaked
  std::uint64_t total_ = 0;
  unsigned level_ = 0;
  unsigned updates_ = 16;  ///< window updates that are due
  bool warned_ = false;
};

}  // namespace gw::http::h2
