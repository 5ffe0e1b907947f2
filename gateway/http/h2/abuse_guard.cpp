#include "gateway/http/h2/abuse_guard.hpp"

#include <algorithm>
#include <utility>

namespace gw::http::h2 {
namespace {

// A client that reads half a kilobyte at a time and gives credit for stream and connection each time is slow, not hostile.
constexpr std::size_t bytes_an_update = 256;
constexpr unsigned most_updates_due = 1'000'000;

}  // namespace

AbuseGuard::Verdict AbuseGuard::odd(net::Clock::time_point now) noexcept {
  const auto leaked = std::chrono::duration_cast<std::chrono::milliseconds>(now - since_).count() * a_second / 1'000;
  if (leaked > 0) {
    level_ -= static_cast<unsigned>(std::min<std::int64_t>(level_, leaked));
    // What a short step has over is kept for the next.
    since_ += std::chrono::milliseconds(leaked * 1'000 / a_second);
  }
  ++total_;
  if (++level_ > burst) return Verdict::over;
  return level_ > warned_at && !std::exchange(warned_, true) ? Verdict::warn : Verdict::fine;
}

void AbuseGuard::sent(std::size_t bytes) noexcept {
  const auto due = 2 + bytes / bytes_an_update;
  updates_ = static_cast<unsigned>(std::min<std::size_t>(updates_ + due, most_updates_due));
}

AbuseGuard::Verdict AbuseGuard::window_update(net::Clock::time_point now) noexcept {
  if (updates_ == 0) return odd(now);
  --updates_;
  return Verdict::fine;
}

}  // namespace gw::http::h2
