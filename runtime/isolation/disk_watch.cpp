#include "runtime/isolation/disk_watch.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace runtime::isolation {

std::string limit_text(std::uint64_t bytes) {
  constexpr std::uint64_t unit = 1024;
  std::uint64_t scale = 1;
  std::string_view suffix;
  for (const std::string_view next : {"K", "M", "G", "T"}) {
    if (bytes < scale * unit || bytes % (scale * unit) != 0) break;
    scale *= unit;
    suffix = next;
  }
  return fmt::format("{}{}", bytes / scale, suffix);
}

std::optional<std::string> over_limit(std::uint64_t used, std::uint64_t limit) {
  if (limit == 0 || used <= limit) return std::nullopt;
  return fmt::format("Workload evicted, storage limit exceeded ({})", limit_text(limit));
}

std::chrono::milliseconds pause_after(std::chrono::milliseconds effort) noexcept {
  constexpr int share = 50;
  return std::max(shortest_pause, effort * share);
}

}  // namespace runtime::isolation
