#pragma once
// Tables for spreadsheets: a line for each request, written as they end and never kept, or a line for each second.

#include <string>

#include "loadtest/measure/result.hpp"

namespace loadtest::report {

/// The names of the columns of `csv_line`. Times are in integer nanoseconds; those that did not come are empty.
std::string csv_head();
std::string csv_line(const measure::Sample& sample);

/// A line for each window of the run, the warm-up included and marked.
std::string csv_of_windows(const measure::Series& series);

}  // namespace loadtest::report
