#pragma once
// A result in the text format of Prometheus, 0.0.4: for a push gateway or a textfile collector after a run, or for scraping during one.

#include <string>

#include "loadtest/measure/result.hpp"

namespace loadtest::report {

/// The result's labels are on every sample. Percentiles that may not be printed are left out; a lower bound has `at_least="true"`.
std::string prometheus_text(const measure::Result& result);

}  // namespace loadtest::report
