#pragma once
// A service level objective: `p99<250ms`, `errors<0.1%`, `rate>=99%`.

#include <string>

#include "config/units.hpp"

namespace loadtest::plan {

struct Slo {
  enum class Of : std::uint8_t {
    percentile,  ///< of the response time, of answers that are not errors
    mean,
    maximum,
    errors,    ///< the share of requests that failed or were answered with 5xx, in percent
    rate,      ///< what was achieved; `relative`: in percent of what was offered
    requests,  ///< how many there were
  };
  Of of = Of::percentile;
  double quantile = 0;      ///< of a percentile: 0.99 for p99
  bool first_byte = false;  ///< `ttfb_p99`: of the first byte instead of the whole answer
  bool below = true;        ///< `<` and `<=`; else `>` and `>=`
  bool or_equal = false;
  double limit = 0;  ///< nanoseconds, percent, requests a second, or a number
  bool relative = false;
  std::string text;  ///< as it was written
};

/// Reads one. What is wrong says what would be right.
config::Parsed<Slo> parse_slo(std::string_view text);

}  // namespace loadtest::plan
