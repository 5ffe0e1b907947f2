#pragma once
// When a site may fall asleep.

#include <chrono>

namespace gw::control {

/// `"sleep": {"after": "300s", "silent_sockets": false}` of a site.
struct SiteSleep {
  std::chrono::milliseconds after{0};  ///< so long unused, it is said to be idle; 0: never
  bool silent_sockets = false;         ///< an open stream is use of the site, also when nothing moves on it

  /// What has moved on a stream within this time is still moving: apps pause for breath.
  std::chrono::milliseconds lately() const noexcept {
    constexpr std::chrono::milliseconds breath{10'000};
    return after.count() == 0 || after > breath ? breath : after;
  }
  friend bool operator==(const SiteSleep&, const SiteSleep&) = default;
};

}  // namespace gw::control
