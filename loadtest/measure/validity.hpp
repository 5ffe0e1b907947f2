#pragma once
// Whether a result may be believed: the generator must not have been what was measured.

#include "loadtest/measure/result.hpp"

namespace loadtest::measure {

/// The mean number in flight that response times explain, and the one that was counted. `in_flight` is the integral, over all of the
/// time, of how many requests that are no warm-up were between their due time and their end, in seconds. Before `warm_until`, which
/// moves requests away that it counted.
LittlesLaw littles_law(const Series& series, double in_flight, Nanoseconds length);

/// Any one of these makes a result invalid: a thread that used more than 80 % of its core, p99 of lateness above 1 ms and above 10 % of
/// the median response time, less than 99 % of what was offered sent, a cgroup that was throttled, no ports or descriptors, packets thrown
/// away on receipt, a generator that was stopped, no request at all, and Little's law off by more than 5 %.
Verdict judge(const Result& result);

}  // namespace loadtest::measure
