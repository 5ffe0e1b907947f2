#include "loadtest/measure/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace loadtest::measure {
namespace {

TEST(Layout, has_the_sizes_of_the_reference) {
  EXPECT_EQ(Layout(1, 3'600'000'000, 3).buckets(), 22U);
  EXPECT_EQ(Layout::of_times(3).buckets(), 32U);
  EXPECT_EQ(Layout::of_times(3).size(), 33U * 1024);
  EXPECT_EQ(Layout::of_times(3).sub_buckets(), 2048U);
  EXPECT_EQ(Layout::of_times(2).sub_buckets(), 256U);
  EXPECT_EQ(Layout(1, 2, 0).sub_buckets(), 2U);
  EXPECT_EQ(Layout(1, (std::uint64_t{1} << 63) - 1, 3).buckets(), 53U) << "the last bucket ends where the type does";
}

TEST(Layout, every_place_begins_where_the_one_before_ends) {
  for (const Layout layout :
       {Layout::of_times(3), Layout::of_times(2), Layout(1000, longest, 2), Layout(1, longest, 1), Layout(1, 1000, 0)}) {
    std::uint64_t next = 0;
    for (std::size_t i = 0; i != layout.size(); ++i) {
      ASSERT_EQ(layout.lowest_at(i), next);
      ASSERT_EQ(layout.index_of(layout.lowest_at(i)), i);
      ASSERT_EQ(layout.index_of(layout.highest_at(i)), i);
      next = layout.highest_at(i) + 1;
    }
    EXPECT_GT(next, layout.highest());
  }
}

TEST(Layout, tells_values_apart_as_far_as_its_digits_say) {
  const Layout layout = Layout::of_times(3);
  for (std::uint64_t value = 1; value < longest; value += 1 + value / 7) {
    ASSERT_LE(static_cast<double>(layout.width_at(layout.index_of(value))), std::max(1.0, static_cast<double>(value) / 1000))
        << value;
  }
}

TEST(Histogram, percentiles_are_those_of_the_sorted_values) {
  std::mt19937_64 random(3);
  std::lognormal_distribution<double> spread(14, 1);
  std::vector<std::uint64_t> values(10'000);
  Histogram histogram;
  for (std::uint64_t& value : values) histogram.record(value = static_cast<std::uint64_t>(spread(random)));
  std::sort(values.begin(), values.end());
  const Layout& layout = histogram.layout();

  for (const double percentile : {0.01, 1.0, 10.0, 50.0, 90.0, 95.0, 99.0, 99.9, 99.99, 100.0}) {
    const auto rank = static_cast<std::size_t>(std::llround(percentile * 100));
    EXPECT_EQ(histogram.value_at_percentile(percentile), layout.highest_at(layout.index_of(values[rank - 1]))) << percentile;
  }
  EXPECT_EQ(histogram.value_at_percentile(0), layout.lowest_at(layout.index_of(values.front())));
  EXPECT_EQ(histogram.min(), layout.lowest_at(layout.index_of(values.front())));
  EXPECT_EQ(histogram.max(), layout.highest_at(layout.index_of(values.back())));
}

TEST(Histogram, a_product_that_is_not_exact_does_not_skip_a_rank) {
  Histogram histogram;
  for (std::uint64_t value = 1; value <= 1000; ++value) histogram.record(value);

  // 99.9 / 100 * 1000 is a little more than 999 in binary.
  EXPECT_EQ(histogram.value_at_percentile(99.9), 999U);
  EXPECT_EQ(histogram.value_at_percentile(99.90001), 1000U);
  EXPECT_EQ(histogram.value_at_percentile(7), 70U);
  EXPECT_EQ(histogram.value_at_percentile(150), 1000U);
}

TEST(Histogram, mean_and_deviation_are_of_the_middles) {
  Histogram histogram;
  histogram.record(100);
  histogram.record(300);
  histogram.record(1'000'001);  // in a place of 512 values that begins at 999,936

  const double middle = (100 + 300 + 1'000'192) / 3.0;
  EXPECT_DOUBLE_EQ(histogram.mean(), middle);
  EXPECT_DOUBLE_EQ(histogram.standard_deviation(),
                   std::sqrt((std::pow(100 - middle, 2) + std::pow(300 - middle, 2) + std::pow(1'000'192 - middle, 2)) / 3));
}

TEST(Histogram, of_nothing_says_zero) {
  const Histogram histogram;
  EXPECT_EQ(histogram.value_at_percentile(99), 0U);
  EXPECT_EQ(histogram.min(), 0U);
  EXPECT_EQ(histogram.max(), 0U);
  EXPECT_EQ(histogram.mean(), 0);
  EXPECT_EQ(histogram.standard_deviation(), 0);
}

TEST(Histogram, what_is_too_long_is_counted_as_the_longest) {
  Histogram histogram;
  histogram.record(longest * 5);
  EXPECT_EQ(histogram.total(), 1U);
  EXPECT_GE(histogram.max(), longest);
}

TEST(Histogram, corrects_a_closed_loop_as_the_reference_does) {
  Histogram histogram;
  histogram.record_corrected(1000, 300);  // 1000, 700, 400; 100 is less than the interval
  EXPECT_EQ(histogram.total(), 3U);
  EXPECT_EQ(histogram.value_at_rank(1), 400U);
  EXPECT_EQ(histogram.value_at_rank(2), 700U);
  histogram.record_corrected(1000, 0);
  EXPECT_EQ(histogram.total(), 4U);
}

TEST(Histogram, a_merge_is_the_histogram_of_all_values) {
  std::mt19937_64 random(5);
  Histogram one, other, both;
  for (int i = 0; i != 5000; ++i) {
    const std::uint64_t value = random() % 1'000'000'000;
    (i % 3 == 0 ? one : other).record(value);
    both.record(value);
  }

  one.merge(other);

  EXPECT_EQ(one, both);
  EXPECT_EQ(one.total(), both.total());
  EXPECT_EQ(one.min(), both.min());
  EXPECT_EQ(one.max(), both.max());
}

TEST(Histogram, a_merge_of_other_digits_keeps_every_value) {
  Histogram fine, coarse(2);
  coarse.record(1'000'000, 7);
  fine.merge(coarse);
  EXPECT_EQ(fine.total(), 7U);
  EXPECT_NEAR(static_cast<double>(fine.value_at_percentile(50)), 1e6, 1e4);
}

TEST(Histogram, tells_the_share_at_or_below_a_value) {
  Histogram histogram;
  for (std::uint64_t value = 1; value <= 200; ++value) histogram.record(value);
  EXPECT_DOUBLE_EQ(histogram.percentile_at_or_below(50), 25);
  EXPECT_DOUBLE_EQ(histogram.percentile_at_or_below(5000), 100);
}

}  // namespace
}  // namespace loadtest::measure
