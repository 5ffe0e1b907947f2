#include "loadtest/drive/cores.hpp"

#include <sched.h>

namespace loadtest::drive {

std::optional<int> core_for(const std::vector<int>& allowed, unsigned thread, unsigned threads) {
  // On two cores a thread that may not move waits for the server while the other core is idle.
  constexpr std::size_t enough = 4;
  if (allowed.size() < enough || allowed.size() < 2 * std::size_t{threads}) return std::nullopt;
  return allowed[allowed.size() - 1 - thread];
}

void keep_to_core(unsigned thread, unsigned threads) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return;
  std::vector<int> allowed;
  for (int core = 0; core != CPU_SETSIZE; ++core)
    if (CPU_ISSET(static_cast<unsigned>(core), &set)) allowed.push_back(core);
  const auto core = core_for(allowed, thread, threads);
  if (!core) return;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(*core), &set);
  ::sched_setaffinity(0, sizeof set, &set);
}

}  // namespace loadtest::drive
