#pragma once
// `spaceport-gateway explain FILE URL [-X METHOD]`: which route, why, and what was nearly chosen.

#include <iosfwd>
#include <string>

namespace gw::control {

/// Exit code 0 when the URL is routed, 1 when it is not or the file has errors.
int explain_command(const std::string& path, const std::string& url, const std::string& method, std::ostream& out,
                    std::ostream& err);

}  // namespace gw::control
