#include "loadtest/report/objectives.hpp"

#include <gtest/gtest.h>

#include "tests/loadtest/measure/runs.hpp"

namespace loadtest::report {
namespace {

using measure::Ending;
using measure::millisecond;
using measure::Nanoseconds;
using measure::Objective;
using measure::Result;
using measure::second;
using Outcome = Objective::Outcome;

Outcome outcome(std::string_view text, const Result& result) {
  const auto slo = plan::parse_slo(text);
  EXPECT_TRUE(slo) << text << " " << slo.message;
  return evaluate(*slo.value, result).outcome;
}

std::string observed(std::string_view text, const Result& result) {
  return evaluate(*plan::parse_slo(text).value, result).observed;
}

/// 2000 requests: 1 ms to 100 ms, evenly; `lost` of them timed out after 200 ms instead.
Result result_of(int lost = 0) {
  measure::Recorder recorder;
  for (Nanoseconds i = 0; i != 2000; ++i) {
    if (i < lost)
      recorder.record(measure::failed(i * 5 * millisecond, 200 * millisecond, Ending::timed_out));
    else
      recorder.record(measure::answered(i * 5 * millisecond, (1 + i % 100) * millisecond));
  }
  Result result;
  result.series = recorder.series();
  result.open_loop = true;
  result.length = 10 * second;
  result.offered = 200;
  return result;
}

TEST(Objectives, of_percentiles) {
  const Result result = result_of();
  EXPECT_EQ(outcome("p50<60ms", result), Outcome::held);
  EXPECT_EQ(outcome("p50<40ms", result), Outcome::broken);
  EXPECT_EQ(outcome("p50>40ms", result), Outcome::held);
  EXPECT_EQ(outcome("ttfb_p99<100ms", result), Outcome::held);
  EXPECT_EQ(observed("ttfb_p99<100ms", result), "ttfb_p99 = 99.1 ms");
}

TEST(Objectives, that_too_few_requests_say_nothing_of_are_not_known) {
  EXPECT_EQ(outcome("p99.9<10s", result_of()), Outcome::unknown);
  EXPECT_EQ(observed("p99.9<10s", result_of()), "p99.9 = n/a (need 10,000)");
}

TEST(Objectives, a_lower_bound_can_break_but_not_hold_an_upper_limit) {
  const Result result = result_of(100);  // a twentieth, so that p99 is at least 200 ms
  EXPECT_EQ(observed("p99<150ms", result), "p99 = ≥ 200 ms");
  EXPECT_EQ(outcome("p99<150ms", result), Outcome::broken);
  EXPECT_EQ(outcome("p99<500ms", result), Outcome::unknown);
  EXPECT_EQ(outcome("p99>150ms", result), Outcome::held);
  EXPECT_EQ(outcome("p99>500ms", result), Outcome::unknown);
  EXPECT_EQ(outcome("p50<60ms", result), Outcome::held);
}

TEST(Objectives, of_mean_and_maximum_count_what_was_given_up) {
  EXPECT_EQ(outcome("mean<51ms", result_of()), Outcome::held);
  EXPECT_EQ(outcome("mean<50ms", result_of()), Outcome::broken);
  EXPECT_EQ(outcome("max<=100ms", result_of()), Outcome::held);
  EXPECT_EQ(outcome("max<100ms", result_of()), Outcome::broken) << "less is not equal";
  EXPECT_EQ(outcome("max<150ms", result_of(1)), Outcome::broken);
  EXPECT_EQ(outcome("max<300ms", result_of(1)), Outcome::unknown);
  EXPECT_EQ(outcome("mean<60ms", Result()), Outcome::unknown);
}

TEST(Objectives, of_errors_rate_and_requests) {
  EXPECT_EQ(outcome("errors<0.1%", result_of()), Outcome::held);
  EXPECT_EQ(outcome("errors<5%", result_of(100)), Outcome::broken);
  EXPECT_EQ(outcome("errors<=5%", result_of(100)), Outcome::held);
  EXPECT_EQ(outcome("rate>=99%", result_of()), Outcome::held);
  EXPECT_EQ(outcome("rate>=99%", result_of(100)), Outcome::broken);
  EXPECT_EQ(outcome("rate>=150/s", result_of()), Outcome::held);
  EXPECT_EQ(outcome("requests>=2000", result_of()), Outcome::held);
  EXPECT_EQ(outcome("requests>2000", result_of()), Outcome::broken);
  Result closed = result_of();
  closed.offered = 0;
  EXPECT_EQ(outcome("rate>=99%", closed), Outcome::unknown);
  EXPECT_EQ(outcome("errors<1%", Result()), Outcome::unknown);
}

TEST(Objectives, what_is_not_known_is_not_held) {
  EXPECT_TRUE(all_held({{"a", Outcome::held, ""}}));
  EXPECT_FALSE(all_held({{"a", Outcome::held, ""}, {"b", Outcome::unknown, ""}}));
  EXPECT_FALSE(all_held({{"a", Outcome::broken, ""}}));
}

}  // namespace
}  // namespace loadtest::report
