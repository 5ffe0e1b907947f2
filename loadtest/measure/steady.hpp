#pragma once
// Where a run becomes steady: MSER-5 (White, 1997).

#include <optional>
#include <span>

#include "loadtest/measure/series.hpp"

namespace loadtest::measure {

/// How many of the first values to drop, a multiple of five: of all prefixes, the one without which the mean of the rest is known best.
/// At most three tenths of all are dropped: where more would be better, or with fewer than fifty values, the series is not seen to
/// become steady, and nothing is returned.
std::optional<std::size_t> mser5(std::span<const double> values);

/// The moment from which on median response times are steady. Windows without a success are left out.
std::optional<Nanoseconds> steady_from(const Series& series);

}  // namespace loadtest::measure
