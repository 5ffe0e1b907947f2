#include "loadtest/measure/steady.hpp"

#include <gtest/gtest.h>

#include "tests/loadtest/measure/runs.hpp"

namespace loadtest::measure {
namespace {

TEST(Mser5, drops_what_is_not_like_the_rest) {
  Random random(1);
  std::vector<double> values(120);
  for (std::size_t i = 0; i != values.size(); ++i) values[i] = (i < 20 ? 50 - static_cast<double>(i) : 20) + normal(random);

  const auto dropped = mser5(values);

  ASSERT_TRUE(dropped);
  EXPECT_GE(*dropped, 15U);
  EXPECT_LE(*dropped, 25U);
  EXPECT_EQ(*dropped % 5, 0U);
}

TEST(Mser5, keeps_a_run_that_is_alike_from_the_beginning) {
  Random random(2);
  std::vector<double> values(200);
  for (double& value : values) value = 20 + normal(random);
  const auto dropped = mser5(values);
  ASSERT_TRUE(dropped);
  EXPECT_LE(*dropped, 20U);
  EXPECT_EQ(mser5(std::vector<double>(100, 7.0)), 0U);
}

TEST(Mser5, says_so_when_a_run_never_becomes_steady) {
  std::vector<double> values(100);
  for (std::size_t i = 0; i != values.size(); ++i) values[i] = i < 45 ? 100 - static_cast<double>(i) : 20;
  EXPECT_FALSE(mser5(values)) << "more than three tenths would have to go";
  EXPECT_FALSE(mser5(std::vector<double>(49, 1.0))) << "too few to tell";
}

TEST(Steady, is_the_moment_from_which_medians_are_alike) {
  Random random(3);
  Series series = run_of(400, 30, [&](Nanoseconds due) {
    return (due < 3 * second ? 60 * millisecond - due / 60 : 10 * millisecond) + static_cast<Nanoseconds>(1e5 * normal(random));
  });

  const auto from = steady_from(series);

  ASSERT_TRUE(from);
  EXPECT_GE(*from, 2 * second + 500 * millisecond);
  EXPECT_LE(*from, 4 * second);
  const Nanoseconds end = series.warm_until(*from);
  EXPECT_EQ(end, *from);
  EXPECT_EQ(series.started(), static_cast<std::uint64_t>(400 * (30 * second - end) / second));
  EXPECT_EQ(series.total(Metric::service).total(), series.started()) << "every metric is cut at the same moment";
  EXPECT_LT(series.total(Metric::success).value_at_percentile(99), static_cast<std::uint64_t>(20 * millisecond));
}

}  // namespace
}  // namespace loadtest::measure
