#pragma once
// Charts of one run, for a page of its own and for each side of a comparison.

#include <boost/json.hpp>

#include "loadtest/measure/result.hpp"

namespace loadtest::report {

/// Points of `[1 / (1 - q), milliseconds]` and how far there are enough values.
boost::json::object curve(std::string_view name, const measure::Histogram& times);

/// Everything of one run.
boost::json::object page_of_run(const measure::Result& result);

}  // namespace loadtest::report
