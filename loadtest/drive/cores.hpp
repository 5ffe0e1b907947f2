#pragma once
// Which core a thread of the generator keeps to.

#include <optional>
#include <vector>

namespace loadtest::drive {

/// Of the cores that this process may use, the one for the n-th of so many threads: the last ones, so that others find the first ones
/// free. Nothing where the threads would have no choice left to the server that shares the machine with them.
std::optional<int> core_for(const std::vector<int>& allowed, unsigned thread, unsigned threads);

/// Has the calling thread keep to its core, if it gets one.
void keep_to_core(unsigned thread, unsigned threads);

}  // namespace loadtest::drive
