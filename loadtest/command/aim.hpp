#pragma once
// Where a load goes: a URL, or a Space by one of its two ways.

#include <string>

#include "loadtest/command/space.hpp"
#include "loadtest/command/usage.hpp"

namespace loadtest::command {

/// To a Space through the gateway. Whatever its name resolves to, it is the gateway of this machine that is meant.
void through_gateway(const Space& space, plan::Transport& transport);

/// To its container itself, by its network namespace. Throws Mistake when there is none.
void straight_in(const Space& space, const Sockets& sockets, plan::Transport& transport);

/// The gateway and the container, whose use of the processor is to be seen beside the generator's.
std::vector<Consumer> consumers_of(const Space& space, const Sockets& sockets);

/// The URL of a Space, and of a path inside it when `path` begins with `/`.
std::string url_in(const Space& space, const std::string& path);

}  // namespace loadtest::command
