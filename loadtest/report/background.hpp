#pragma once
// What a report says of a load that ran beside the one that was measured.

#include <string>

#include "loadtest/measure/result.hpp"

namespace loadtest::report {

/// In one line, without its name.
std::string about_background(const measure::Result& background);

}  // namespace loadtest::report
