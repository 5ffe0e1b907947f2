#pragma once
// A result for a terminal: the verdict first, and at the end the two lines that scripts look for.

#include <string>

#include "loadtest/measure/result.hpp"

namespace loadtest::report {

struct TextStyle {
  bool colour = false;
  bool confidence = true;  ///< resample for confidence intervals: some milliseconds for each second of the run
};

/// Ends with `Requests/sec:` and `Transfer/sec:`, as wrk's does.
std::string text_report(const measure::Result& result, TextStyle style = {});

/// What one way costs more than the other: differences with their confidence, and in which phase they arise.
std::string text_report(const measure::Comparison& comparison, TextStyle style = {});

/// The interval, the trials that led to it, and the model.
std::string text_report(const measure::Capacity& capacity, TextStyle style = {});

}  // namespace loadtest::report
