#pragma once
// Whether a run keeps what was promised.

#include <vector>

#include "loadtest/measure/result.hpp"
#include "loadtest/plan/slo.hpp"

namespace loadtest::report {

/// `unknown` where too few requests were made to tell, or where what was given up could have ended on either side of the limit: a caller
/// that must decide takes that for broken, because it was not shown to hold.
measure::Objective evaluate(const plan::Slo& slo, const measure::Result& result);
std::vector<measure::Objective> evaluate(const std::vector<plan::Slo>& objectives, const measure::Result& result);

/// Are all held?
bool all_held(const std::vector<measure::Objective>& objectives) noexcept;

}  // namespace loadtest::report
