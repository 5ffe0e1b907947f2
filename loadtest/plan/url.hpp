#pragma once
// URLs of targets.

#include <string>
#include <string_view>

#include "config/units.hpp"
#include "loadtest/plan/target.hpp"

namespace loadtest::plan {

/// A GET of `text`: http, https, ws or wss; without a scheme http is meant, as with curl. A fragment is dropped. User and password are
/// refused: they would stand in reports.
config::Parsed<Target> parse_url(std::string_view text);

/// The name to ask a resolver for. `localhost` for all below it: they are this machine (RFC 6761 §6.3), as browsers and curl know and
/// Debian's resolver does not.
std::string name_to_look_up(std::string_view host);

}  // namespace loadtest::plan
