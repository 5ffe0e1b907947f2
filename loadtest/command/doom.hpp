#pragma once
// --abort-on-fail: whether an objective can still be held, whatever comes.

#include <string>
#include <vector>

#include "loadtest/measure/series.hpp"
#include "loadtest/plan/slo.hpp"

namespace loadtest::command {

/// How much of the run is over.
struct Elapsed {
  double requests =
      0;  ///< how many there will be at least as far as is known: of the schedule, or as the first part of the time went
};

/// The objective that cannot be held any more, since more requests than it allows are beyond it already; empty: there is none. Objectives
/// about means, maxima (beyond which one request is enough) and rates: only the maximum is decided early.
std::string doomed(const std::vector<plan::Slo>& objectives, const measure::Series& series, const Elapsed& elapsed);

}  // namespace loadtest::command
