#pragma once
// Results in the formats of HdrHistogram's tools.

#include <string>

#include "loadtest/measure/result.hpp"

namespace loadtest::report {

/// `.hlog`: response times of each second (or longer window), without a tag for successes, and tagged `service`, `first_byte`, `4xx`, `5xx`, `failed`,
/// `given_up` and `warm_up`. `prefix` goes in front of every tag, so that two sides can share a file.
std::string interval_log(const measure::Result& result, std::string_view prefix = {});
/// Both sides of a comparison, tagged with their names.
std::string interval_log(const measure::Comparison& comparison);

/// `.hgrm` of response times; those of requests that were given up are among them, as lower bounds.
std::string percentile_file(const measure::Result& result);

}  // namespace loadtest::report
