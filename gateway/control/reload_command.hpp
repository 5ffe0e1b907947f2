#pragma once
// `spaceport-gateway reload FILE`: asks the gateway that runs with this file to read it again.

#include <iosfwd>
#include <string>

namespace gw::control {

/// Needs `admin: {socket: PATH}` in the file. Exit code 0 when reloaded; problems are printed as `check` does.
int reload_command(const std::string& path, std::ostream& out, std::ostream& err);

}  // namespace gw::control
