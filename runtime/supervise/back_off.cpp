#include "runtime/supervise/back_off.hpp"

#include <algorithm>

namespace runtime::supervise {

std::optional<std::chrono::milliseconds> BackOff::crashed(Clock::time_point now) {
  // A replica that ran for a whole window has proved itself.
  if (crashes_ != 0 && now - last_ > window) crashes_ = 0;
  last_ = now;
  ++crashes_;
  if (crashes_ > crashes_in_window) return std::nullopt;
  auto wait = first_wait;
  for (unsigned i = 1; i < crashes_; ++i) wait *= 2;
  return std::min(wait, longest_wait);
}

std::chrono::milliseconds RestartPause::ended(Clock::time_point now) noexcept {
  if (now - up_since_ > proven) failures_ = 0;
  const unsigned before = failures_++;
  if (before == 0) return {};
  auto pause = first_pause;
  for (unsigned i = 1; i < before && pause < longest_pause; ++i) pause *= 2;
  return std::min(pause, longest_pause);
}

std::chrono::milliseconds probe_interval(unsigned attempt) noexcept {
  constexpr std::chrono::milliseconds shortest{10};
  constexpr std::chrono::milliseconds longest{250};
  // Ten quick ones, then half as much again each time.
  auto interval = shortest;
  for (unsigned i = 10; i < attempt && interval < longest; ++i) interval = interval * 3 / 2;
  return std::min(interval, longest);
}

}  // namespace runtime::supervise
