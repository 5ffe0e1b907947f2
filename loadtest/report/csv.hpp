#pragma once
// Tables for spreadsheets: a line for each request, written as they end and never kept, or a line for each second.

#include <string>

#include "loadtest/measure/result.hpp"

namespace loadtest::report {

/// The names of the columns of `csv_line`. Times are in integer nanoseconds; those that did not come are empty.
std::string csv_head();
/// `lane`: of a comparison 0 is A, 1 is B.
std::string csv_line(const measure::Sample& sample, std::uint32_t lane = 0);

/// A line for each second of the run (or longer window, as a very long one has), the warm-up included and marked.
std::string csv_of_windows(const measure::Series& all);

}  // namespace loadtest::report
