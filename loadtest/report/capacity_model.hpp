#pragma once
// What trials of a capacity search say together.

#include <optional>

#include "loadtest/measure/result.hpp"
#include "loadtest/measure/scalability.hpp"

namespace loadtest::report {

/// The model of throughput by how many were in flight, of trials that were conclusive.
std::optional<measure::Scalability> fit_of(const measure::Capacity& capacity);

/// The lowest rate at which p99 is more than twice that of the lowest rate of all; nothing when it never is.
std::optional<double> knee_of(const measure::Capacity& capacity);

}  // namespace loadtest::report
