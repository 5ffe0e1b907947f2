#pragma once
// What the gateway tells people while it runs: a line on standard error.

#include <cstdio>
#include <string>

namespace gw::control {

inline void say(const std::string& line) { std::fprintf(stderr, "spaceport-gateway: %s\n", line.c_str()); }

}  // namespace gw::control
