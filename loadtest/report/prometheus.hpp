#pragma once
// A result in the text format of Prometheus, 0.0.4: for a push gateway or a textfile collector after a run; and for scraping during one.

#include <string>
#include <utility>
#include <vector>

#include "loadtest/measure/recorder.hpp"
#include "loadtest/measure/result.hpp"

namespace loadtest::report {

/// What is known of a run while it goes on.
struct LiveNumbers {
  std::string title;
  std::vector<std::pair<std::string, std::string>> labels;
  measure::Nanoseconds now = 0;  ///< since it began
  measure::Glance seen;          ///< of all lanes
  std::uint64_t connections = 0;
  measure::Histogram answers{2};  ///< response times of all of them, until now
};

/// For scraping during a run: counters that only grow. What is measured after it has other names.
std::string prometheus_text(const LiveNumbers& numbers);

/// The result's labels are on every sample. Percentiles that may not be printed are left out; a lower bound has `at_least="true"`.
std::string prometheus_text(const measure::Result& result);

}  // namespace loadtest::report
