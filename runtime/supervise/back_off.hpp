#pragma once
// When a container or a program of ours that ended may be started again. No clock of their own: the caller says what time it is.

#include <chrono>
#include <optional>

namespace runtime::supervise {

class BackOff {
 public:
  using Clock = std::chrono::steady_clock;

  /// A replica that had been ready ended. Returns how long to wait before the next start; nothing: give up, it is a
  /// crash loop (more than `crashes_in_window` in `window`).
  std::optional<std::chrono::milliseconds> crashed(Clock::time_point now);

  /// The owner did something: all is forgiven.
  void forgive() { crashes_ = 0; }

  static constexpr std::chrono::milliseconds first_wait{500};
  static constexpr std::chrono::milliseconds longest_wait{30'000};
  static constexpr std::chrono::minutes window{10};
  static constexpr unsigned crashes_in_window = 6;

 private:
  Clock::time_point last_{};
  unsigned crashes_ = 0;
};

/// When the gateway or the dialer is started again: at once, for nobody is served meanwhile; then after longer and longer
/// pauses while it does not stay up. It is never given up.
class RestartPause {
 public:
  using Clock = std::chrono::steady_clock;

  void came_up(Clock::time_point now) noexcept { up_since_ = now; }
  /// How long to wait before it is started again.
  std::chrono::milliseconds ended(Clock::time_point now) noexcept;

  static constexpr std::chrono::milliseconds first_pause{250};
  static constexpr std::chrono::milliseconds longest_pause{15'000};
  static constexpr std::chrono::minutes proven{1};  ///< what stayed up that long begins anew

 private:
  Clock::time_point up_since_{};
  unsigned failures_ = 0;
};

/// How long to wait between two probes of a container that starts: 10 ms at first, because a small server is up in
/// 20 ms, growing to 250 ms, because a model loads for minutes.
std::chrono::milliseconds probe_interval(unsigned attempt) noexcept;

}  // namespace runtime::supervise
