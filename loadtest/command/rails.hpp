#pragma once
// Who may be loaded without being asked: what is on this machine.

#include "loadtest/plan/settings.hpp"

namespace loadtest::command {

/// Does every request stay on this machine (a loopback address, a UNIX socket, a container)? Throws Mistake with the host that does not;
/// --i-own-this-target says that this is meant. A name that cannot be resolved is Mistake with Exit::unreachable.
void check_is_here(const plan::Settings& settings);

}  // namespace loadtest::command
