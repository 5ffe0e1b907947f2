#include "loadtest/plan/schedule.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace loadtest::plan {
namespace {

constexpr Nanoseconds second = 1'000'000'000;

Load load_of(std::vector<Stage> stages, Arrival arrival = Arrival::constant) {
  Load load;
  load.open_loop = true;
  load.stages = std::move(stages);
  load.arrival = arrival;
  return load;
}

std::vector<Nanoseconds> all(const Load& load) {
  Schedule schedule(load);
  std::vector<Nanoseconds> times;
  while (const auto next = schedule.next()) times.push_back(*next);
  return times;
}

TEST(Schedule, ConstantRateIsExactlySoManyAtExactlySuchTimes) {
  const auto times = all(load_of({{10 * second, 200}}));
  ASSERT_EQ(times.size(), 2000U);
  for (std::size_t i = 0; i < times.size(); ++i)
    EXPECT_NEAR(static_cast<double>(times[i]), static_cast<double>(i) * 5e6, 1) << i;
}

TEST(Schedule, AnOddRateLosesNothingOverAnHour) {
  const auto times = all(load_of({{3600 * second, 333.3}}));
  EXPECT_NEAR(static_cast<double>(times.size()), 333.3 * 3600, 1);
  EXPECT_NEAR(static_cast<double>(times.back()), 999'999 / 333.3 * 1e9 * (static_cast<double>(times.size() - 1) / 999'999),
              1000);
}

TEST(Schedule, ARampReachesItsRateInAStraightLine) {
  // 100/s for 10 s, up to 500/s over 10 s, held for 10 s: 1000 + 3000 + 5000.
  const auto times = all(load_of({{10 * second, 100}, {10 * second, 500}, {10 * second, 500}}));
  EXPECT_NEAR(static_cast<double>(times.size()), 9000, 1);
  const auto between = [&times](double from, double to) {
    return std::count_if(times.begin(), times.end(), [=](Nanoseconds t) {
      return static_cast<double>(t) >= from * 1e9 && static_cast<double>(t) < to * 1e9;
    });
  };
  EXPECT_NEAR(static_cast<double>(between(0, 10)), 1000, 1);
  EXPECT_NEAR(static_cast<double>(between(10, 15)), 1000, 1);  // 100 to 300: 200/s on the average
  EXPECT_NEAR(static_cast<double>(between(15, 20)), 2000, 1);
  EXPECT_NEAR(static_cast<double>(between(20, 30)), 5000, 1);
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
}

TEST(Schedule, ARampToNothingEnds) {
  const auto times = all(load_of({{second, 100}, {second, 0}}));
  EXPECT_NEAR(static_cast<double>(times.size()), 150, 1);
  EXPECT_LT(times.back(), 2 * second);
}

TEST(Schedule, PoissonGapsHaveTheMeanAndTheSpreadOfOne) {
  const auto times = all(load_of({{100 * second, 500}}, Arrival::poisson));
  double sum = 0;
  double squares = 0;
  for (std::size_t i = 1; i < times.size(); ++i) {
    const auto gap = static_cast<double>(times[i] - times[i - 1]) / 1e9;
    sum += gap;
    squares += gap * gap;
  }
  const auto n = static_cast<double>(times.size() - 1);
  const double mean = sum / n;
  EXPECT_NEAR(mean, 0.002, 0.00003);
  EXPECT_NEAR(std::sqrt(squares / n - mean * mean), 0.002, 0.00005);
  // Of an exponential distribution 1/e is longer than the mean; of a normal or uniform one it would be half.
  const auto longer =
      std::count_if(times.begin() + 1, times.end(), [&](const Nanoseconds& t) { return t - *(&t - 1) > 2'000'000; });
  EXPECT_NEAR(static_cast<double>(longer) / n, 0.368, 0.01);
}

TEST(Schedule, UniformGapsLieBetweenNothingAndTwice) {
  const auto times = all(load_of({{10 * second, 1000}}, Arrival::uniform));
  Nanoseconds longest = 0;
  for (std::size_t i = 1; i < times.size(); ++i) longest = std::max(longest, times[i] - times[i - 1]);
  EXPECT_LE(longest, 2'000'000 + 1);
  EXPECT_GT(longest, 1'900'000);
  EXPECT_NEAR(static_cast<double>(times.size()), 10'000, 200);
}

TEST(Schedule, TheSeedDecidesAndNothingElse) {
  auto load = load_of({{second, 1000}}, Arrival::poisson);
  load.seed = 7;
  const auto once = all(load);
  EXPECT_EQ(all(load), once);
  load.seed = 8;
  EXPECT_NE(all(load), once);
}

// xoshiro256++ with the state that splitmix64 makes of 42: pinned, so that a report's seed can be run again by later versions.
TEST(Schedule, TheTimesOfASeedStayWhatTheyAre) {
  auto load = load_of({{second, 1000}}, Arrival::poisson);
  load.seed = 42;
  const auto times = all(load);
  ASSERT_GT(times.size(), 3U);
  EXPECT_EQ((std::vector<Nanoseconds>(times.begin(), times.begin() + 3)),
            (std::vector<Nanoseconds>{1683651, 2067581, 6196155}));
}

TEST(Schedule, RequestsEndItEarlier) {
  auto load = load_of({{10 * second, 200}});
  load.requests = 5;
  EXPECT_EQ(all(load).size(), 5U);
}

TEST(Schedule, KnowsItsLengthAndItsNumber) {
  const Schedule schedule(load_of({{10 * second, 100}, {10 * second, 500}}));
  EXPECT_EQ(schedule.length(), 20 * second);
  EXPECT_DOUBLE_EQ(schedule.expected(), 4000);
}

}  // namespace
}  // namespace loadtest::plan
