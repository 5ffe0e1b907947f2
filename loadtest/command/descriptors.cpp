#include "loadtest/command/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace loadtest::command {

std::uint64_t most_descriptors() noexcept {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

unsigned connections_within(std::uint64_t descriptors) noexcept {
  constexpr std::uint64_t ours = 200, enough = 20'000;
  // Where there are few, half of them; one is the least with which anything can be asked.
  const auto left = descriptors > 2 * ours ? descriptors - ours : descriptors / 2;
  return static_cast<unsigned>(std::clamp<std::uint64_t>(left, 1, enough));
}

}  // namespace loadtest::command
