#pragma once
// Times as access logs write them, in nanoseconds since 1970.

#include <optional>
#include <string_view>

#include "loadtest/measure/sample.hpp"

namespace loadtest::plan {

/// `2026-01-31T12:00:00.250Z`, with any number of digits behind the second or none.
std::optional<measure::Nanoseconds> parse_utc(std::string_view text);

/// `31/Jan/2026:12:00:00 +0100`, as in the common log format.
std::optional<measure::Nanoseconds> parse_clf_time(std::string_view text);

}  // namespace loadtest::plan
