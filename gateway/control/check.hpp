#pragma once
// `spaceport-gateway check FILE`: every problem of a gateway file.

#include <iosfwd>
#include <string>

#include "config/gateway_file.hpp"

namespace gw::control {

/// Reads and checks a file. A file that cannot be read is a problem like any other.
config::GatewayFileResult read_file(const std::string& path);

/// Prints every problem as `file:line:column: message`; returns the exit code: 1 when one is an error.
int check_command(const std::string& path, std::ostream& out, std::ostream& err);

}  // namespace gw::control
