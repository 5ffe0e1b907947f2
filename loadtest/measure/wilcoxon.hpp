#pragma once
// Wilcoxon's signed-rank test, two-sided: how likely differences of pairs are to lie as much to one side, if both were alike.

#include <vector>

#include "loadtest/measure/series.hpp"

namespace loadtest::measure {

/// 1 when fewer than six differ. Exact up to forty without ties; beyond, and with them, by the normal distribution.
double wilcoxon(const std::vector<double>& differences);

/// Of the median response times of two series that were measured at the same time, window for window.
double wilcoxon(const Series& one, const Series& two);

}  // namespace loadtest::measure
