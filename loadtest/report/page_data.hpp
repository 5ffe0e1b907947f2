#pragma once
// What the charts of a page show, as JSON: milliseconds and seconds, few enough points to draw.

#include <boost/json.hpp>

#include "loadtest/measure/result_json.hpp"

namespace loadtest::report {

/// `kind` is that of the document.
boost::json::object page_data(const measure::Document& document);

}  // namespace loadtest::report
