#pragma once
// The machine that a report is of.

#include <boost/json.hpp>

namespace loadtest::command {

/// `name`, `system` (kernel), `processor`, `cores` (that this process may use), `memory_bytes`.
boost::json::object this_machine();

}  // namespace loadtest::command
