#pragma once
// `.hlog`: one histogram a line, for a stretch of time and a tag. https://hdrhistogram.github.io/HdrHistogramJSDemo/logparser.html opens it.

#include <string>
#include <string_view>
#include <vector>

#include "config/units.hpp"
#include "loadtest/measure/histogram.hpp"
#include "loadtest/measure/sample.hpp"

namespace loadtest::measure {

struct Interval {
  std::string tag;        ///< without a comma, a space or a line's end; may be empty
  Nanoseconds begin = 0;  ///< since the start time
  Nanoseconds length = 0;
  Histogram histogram;
};

struct IntervalLog {
  Nanoseconds start = 0;  ///< since 1970
  std::vector<Interval> intervals;
};

/// The lines in front of all intervals.
std::string interval_log_head(Nanoseconds start);
/// One line. What the tag may not have is replaced by `_`.
std::string interval_log_line(const Interval& interval);

/// Reads versions 1.0 to 1.3. What is wrong names the line.
config::Parsed<IntervalLog> read_interval_log(std::string_view text);

/// `.hgrm`, for https://hdrhistogram.github.io/HdrHistogram/plotFiles.html: percentiles in five steps for each halving of what is
/// left, in milliseconds.
std::string percentile_table(const Histogram& histogram);

}  // namespace loadtest::measure
