#pragma once
// Where the second of two ways loses (or wins) its time.

#include <string>
#include <string_view>
#include <vector>

#include "loadtest/measure/bootstrap.hpp"
#include "loadtest/measure/result.hpp"

namespace loadtest::measure {

/// Means over successes, which add up where percentiles do not: the differences of all phases are the difference of the total.
struct Attribution {
  struct Phase {
    std::string_view name;
    double one = 0;  ///< nanoseconds
    double two = 0;
    Estimate difference;
  };
  /// A part of the second way that its server has timed itself, other than the app's own time.
  struct Part {
    std::string name;
    double mean = 0;
  };
  std::vector<Phase> phases;
  Phase total;
  std::vector<Part> parts;
  double other = 0;  ///< what of the total difference the parts do not explain, so that nothing is hidden
};

/// Parts called `app`, or `...-app`, are time that both ways spend behind the server: they are not what the second way adds. Nor is `gap`,
/// the time since the request before.
Attribution attribute(const Comparison& comparison);

}  // namespace loadtest::measure
