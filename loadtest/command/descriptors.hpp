#pragma once
// How many connections this process can have.

#include <cstdint>

namespace loadtest::command {

/// What the system lets this process open (RLIMIT_NOFILE).
std::uint64_t most_descriptors() noexcept;

/// Of so many, those that may be connections: without what the process has and will need itself, and never more than are of use.
unsigned connections_within(std::uint64_t descriptors) noexcept;

}  // namespace loadtest::command
