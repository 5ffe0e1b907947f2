#pragma once
// When a container has written too much, and how often it is worth looking. No clock, no I/O.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace runtime::isolation {

/// `50G`, `512M`: how the hub writes a limit.
std::string limit_text(std::uint64_t bytes);

/// The reason to evict who has `used` so much of `limit`; nothing: there is none. A limit of 0 is none.
std::optional<std::string> over_limit(std::uint64_t used, std::uint64_t limit);

/// How long to wait after a look that took `effort`: looking is never more than a fiftieth of what one core does, so the time
/// until somebody is noticed grows with what he has written.
std::chrono::milliseconds pause_after(std::chrono::milliseconds effort) noexcept;

inline constexpr std::chrono::milliseconds shortest_pause{5'000};

}  // namespace runtime::isolation
