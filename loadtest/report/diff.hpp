#pragma once
// Two results of the same question, at different times: what has changed, and whether that is too much.

#include <string>
#include <vector>

#include "config/units.hpp"
#include "loadtest/measure/result.hpp"
#include "loadtest/plan/slo.hpp"

namespace loadtest::report {

/// `p99>+10%`, `p50>+2ms`, `errors>+0.5%` (of all requests, so in points), `rate<-5%`.
struct Limit {
  plan::Slo::Of of = plan::Slo::Of::percentile;
  double quantile = 0;
  bool first_byte = false;
  bool above = true;      ///< fails when the change is greater; else when it is less
  bool relative = false;  ///< `change` is a share of the base; else nanoseconds, points of percent, or requests a second
  double change = 0;
  std::string text;
};
config::Parsed<Limit> parse_limit(std::string_view text);

/// What became of one limit.
struct LimitOutcome {
  enum class State : std::uint8_t {
    kept,
    broken,   ///< beyond it with 95 % confidence; where there is no confidence to be had, simply beyond it
    unclear,  ///< beyond it, but not so far that it could not be chance: does not fail
    unknown,  ///< one of the two has too few requests, or only a lower bound
  };
  State state = State::unknown;
  std::string text;
  std::string observed;
};

std::vector<LimitOutcome> judge_change(const measure::Result& base, const measure::Result& fresh,
                                       const std::vector<Limit>& limits);
/// Is none broken, and none unknown?
bool none_broken(const std::vector<LimitOutcome>& outcomes) noexcept;

/// Both side by side, the change with its confidence, and the limits.
std::string text_of_diff(const measure::Result& base, const measure::Result& fresh, const std::vector<LimitOutcome>& outcomes,
                         bool colour = false);

}  // namespace loadtest::report
