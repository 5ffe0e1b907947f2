#include "loadtest/measure/percentile.hpp"

#include <gtest/gtest.h>

namespace loadtest::measure {
namespace {

using State = Reading::State;

Histogram of(std::uint64_t count, std::uint64_t value) {
  Histogram made;
  made.record(value, count);
  return made;
}

TEST(Percentile, is_printed_when_ten_values_lie_beyond_it) {
  EXPECT_EQ(values_needed(0.5), 20U);
  EXPECT_EQ(values_needed(0.9), 100U);
  EXPECT_EQ(values_needed(0.99), 1000U);
  EXPECT_EQ(values_needed(0.999), 10'000U);
  EXPECT_EQ(values_needed(0.9999), 100'000U);
  EXPECT_EQ(values_needed(1), 1U);

  EXPECT_EQ(read_percentile(of(999, 5), Histogram(), 0.99).state, State::too_few);
  EXPECT_EQ(read_percentile(of(999, 5), Histogram(), 0.99).need, 1000U);
  EXPECT_EQ(read_percentile(of(1000, 5), Histogram(), 0.99).state, State::known);
  EXPECT_EQ(read_percentile(of(990, 5), of(10, 9), 0.99).state, State::known) << "what was given up is a value too";
}

TEST(Percentile, that_falls_among_what_was_given_up_is_a_lower_bound) {
  // 2 % were given up after 1000, and would have taken no one knows how long.
  const Histogram answers = of(980, 100), given_up = of(20, 1000);

  EXPECT_EQ(read_percentile(answers, given_up, 0.5).state, State::known);
  EXPECT_EQ(read_percentile(answers, given_up, 0.98).state, State::known);
  const Reading beyond = read_percentile(answers, given_up, 0.99);
  EXPECT_EQ(beyond.state, State::at_least);
  EXPECT_EQ(beyond.value, 1000U);
}

TEST(Percentile, that_what_was_given_up_early_could_still_raise_is_a_lower_bound) {
  // A tenth was given up after 50, when the others were not yet answered: they may belong anywhere behind.
  Histogram answers = of(450, 100);
  answers.record(200, 450);

  const Reading median = read_percentile(answers, of(100, 50), 0.5);
  EXPECT_EQ(median.state, State::at_least);
  EXPECT_EQ(median.value, 100U);
  const Reading quarter = read_percentile(answers, of(100, 50), 0.25);
  EXPECT_EQ(quarter.state, State::known) << "a hundred more in front of it would not change it";
  EXPECT_EQ(quarter.value, 100U);
}

TEST(Percentile, one_given_up_among_many_does_not_spoil_all) {
  // Each rank is in a place of its own, so that one more in front moves every percentile a little.
  Histogram answers;
  for (std::uint64_t value = 0; value != 2000; ++value) answers.record(100'000 + value * 5000);
  for (const double quantile : {0.5, 0.9, 0.95, 0.99}) {
    EXPECT_EQ(read_percentile(answers, of(1, 50'000), quantile).state, State::known) << quantile;
  }
}

}  // namespace
}  // namespace loadtest::measure
