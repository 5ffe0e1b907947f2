// What a second way costs more, in numbers and for scripts.

#include <gtest/gtest.h>

#include "loadtest/measure/differences.hpp"
#include "loadtest/measure/result_json.hpp"
#include "tests/loadtest/measure/compared.hpp"

namespace loadtest::measure {
namespace {

TEST(Attribution, phases_add_up_and_other_closes_the_sum) {
  const Comparison comparison = gateway_against_direct();
  const Attribution found = attribute(comparison);
  double one = 0, two = 0, difference = 0;
  for (const Attribution::Phase& phase : found.phases) {
    one += phase.one;
    two += phase.two;
    difference += phase.difference.value;
  }
  EXPECT_NEAR(one, found.total.one, 1);
  EXPECT_NEAR(two, found.total.two, 1);
  EXPECT_NEAR(difference, found.total.difference.value, 1);
  ASSERT_EQ(found.parts.size(), 1U) << "neither the app's own time nor the gap between requests is what the gateway adds";
  EXPECT_NEAR(found.parts[0].mean + found.other, found.total.two - found.total.one, 1e-6);
}

TEST(Attribution, does_not_count_the_lateness_of_failures) {
  Comparison comparison = gateway_against_direct();
  Recorder recorder;
  Sample late = failed(0, millisecond, Ending::reset);
  late.noticed = second;
  for (int i = 0; i != 1000; ++i) recorder.record(late);
  comparison.two.series.merge(recorder.series());
  const Attribution found = attribute(comparison);
  EXPECT_NEAR(found.phases[0].two, 65e3, 5e3);
}

TEST(Differences, are_those_of_the_percentiles_that_both_have) {
  const Differences found = differences_of(gateway_against_direct());
  ASSERT_EQ(found.percentiles.size(), 4U);
  EXPECT_EQ(found.percentiles[2].quantile, 0.99);
  EXPECT_NEAR(found.median().value, 125e3, 60e3) << "110 us more to wait, and 60 us to connect for one in four";
  EXPECT_TRUE(found.found());
  EXPECT_LT(found.chance, 0.001);
  EXPECT_TRUE(found.percentiles[2].difference.known);
  EXPECT_FALSE(found.percentiles[3].difference.known) << "6,000 requests have no p99.9";
}

TEST(Differences, of_what_was_given_up_are_not_known) {
  Comparison comparison = gateway_against_direct();
  Recorder frozen;
  for (Nanoseconds due = 0; due != 20 * second; due += 5 * millisecond)
    frozen.record(failed(due, 10 * second, Ending::timed_out));
  comparison.two.series = frozen.series();
  const Differences found = differences_of(comparison);
  EXPECT_EQ(found.percentiles[0].two.state, Reading::State::at_least);
  EXPECT_FALSE(found.median().known);
  EXPECT_FALSE(found.found());
}

TEST(Differences, are_in_the_file_of_a_comparison) {
  const Comparison comparison = gateway_against_direct();
  const Differences found = differences_of(comparison);
  const boost::json::object written = to_json(comparison).at("differences").as_object();
  EXPECT_EQ(written.at("found"), true);
  EXPECT_EQ(written.at("p50").at("value_ns"), found.median().value);
  EXPECT_EQ(written.at("p50").at("lower_ns"), found.median().confidence.lower);
  EXPECT_EQ(written.at("p50").at("upper_ns"), found.median().confidence.upper);
  EXPECT_TRUE(written.at("p99.9").is_null());
  const auto number = [](const boost::json::value& value) { return value.to_number<double>(); };
  EXPECT_EQ(written.at("phases").as_object().size(), 7U);
  EXPECT_NEAR(number(written.at("phases").at("connect").at("difference").at("value_ns")), 15e3, 1e3);
  EXPECT_EQ(written.at("phases").at("connect").at("one_ns"), 0.0);
  EXPECT_NEAR(number(written.at("server_parts_ns").at("gateway-queue")), 21e3, 1);
  EXPECT_EQ(written.at("other_ns"), found.attribution.other);
  EXPECT_EQ(written.at("total").at("two_ns"), found.attribution.total.two);
  EXPECT_EQ(written.at("wilcoxon_p"), found.chance);
}

}  // namespace
}  // namespace loadtest::measure
