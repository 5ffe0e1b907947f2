#include "loadtest/measure/bootstrap.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "loadtest/measure/wilcoxon.hpp"
#include "tests/loadtest/measure/runs.hpp"

namespace loadtest::measure {
namespace {

constexpr Times responses;

TEST(Random, is_xoshiro256_with_two_pluses) {
  // The first outputs of the authors' program for splitmix64 seeds of 0.
  Random random(0);
  EXPECT_EQ(random.next(), 0x53175d61490b23dfU);
  EXPECT_EQ(random.next(), 0x61da6f3dc380d507U);
}

TEST(Bootstrap, holds_the_true_percentile_nineteen_times_of_twenty) {
  const double median = 1e7, p90 = 1e7 * std::exp(0.3 * 1.2816);
  int held_median = 0, held_p90 = 0;
  constexpr int runs = 40;
  for (int i = 0; i != runs; ++i) {
    const auto estimates =
        bootstrap(noisy_run(static_cast<std::uint64_t>(i) + 1), responses, {0.5, 0.9}, {.seed = 7, .rounds = 120});
    ASSERT_TRUE(estimates[0].known);
    held_median += estimates[0].confidence.lower <= median && median <= estimates[0].confidence.upper ? 1 : 0;
    held_p90 += estimates[1].confidence.lower <= p90 && p90 <= estimates[1].confidence.upper ? 1 : 0;
  }
  EXPECT_GE(held_median, runs * 85 / 100);
  EXPECT_GE(held_p90, runs * 85 / 100);
  EXPECT_LT(held_median + held_p90, 2 * runs) << "an interval that always holds is too wide";
}

TEST(Bootstrap, is_wider_when_requests_that_follow_each_other_fare_alike) {
  // The same times: once shuffled over the run, once with seconds that are slow as a whole.
  Random random(5);
  std::vector<double> level(40);
  for (double& each : level) each = std::exp(0.3 * normal(random));
  const Series alike = run_of(
      100, 40, [&](Nanoseconds due) { return static_cast<Nanoseconds>(1e7 * level[static_cast<std::size_t>(due / second)]); });
  const Series mixed = run_of(100, 40, [&](Nanoseconds) { return static_cast<Nanoseconds>(1e7 * level[random.below(40)]); });
  const auto width = [](const Estimate& estimate) { return estimate.confidence.upper - estimate.confidence.lower; };

  EXPECT_GT(width(bootstrap(alike, responses, {0.5})[0]), 2 * width(bootstrap(mixed, responses, {0.5})[0]));
}

TEST(Bootstrap, resamples_stretches_of_the_run) {
  // Times that rise and fall over ten seconds: the same windows in another order have as many alike, but not side by side.
  Series waves = run_of(100, 60, [](Nanoseconds due) {
    return static_cast<Nanoseconds>(1e7 * (2 + std::sin(static_cast<double>(due) / 1e9 * 0.6)));
  });
  waves.widen_to(second);  // as they are resampled
  Series shuffled = waves;
  Random random(3);
  for (std::size_t i = shuffled.windows.size(); i-- != 1;)
    std::swap(shuffled.windows[i], shuffled.windows[random.below(static_cast<std::uint32_t>(i + 1))]);
  const auto width = [](const Series& series) {
    const Estimate estimate = bootstrap(series, responses, {0.5})[0];
    return estimate.confidence.upper - estimate.confidence.lower;
  };
  EXPECT_GT(width(waves), 1.25 * width(shuffled));
}

TEST(Bootstrap, says_the_same_for_the_same_seed) {
  const Series series = noisy_run(3);
  const auto first = bootstrap(series, responses, {0.99}, {.seed = 4, .rounds = 100})[0];
  const auto again = bootstrap(series, responses, {0.99}, {.seed = 4, .rounds = 100})[0];
  const auto other = bootstrap(series, responses, {0.99}, {.seed = 5, .rounds = 100})[0];
  EXPECT_EQ(first.confidence.lower, again.confidence.lower);
  EXPECT_EQ(first.confidence.upper, again.confidence.upper);
  EXPECT_TRUE(first.confidence.lower != other.confidence.lower || first.confidence.upper != other.confidence.upper);
}

TEST(Bootstrap, says_nothing_of_a_run_that_is_too_short) {
  EXPECT_FALSE(bootstrap(noisy_run(1, 0, 200, 1), responses, {0.5})[0].known);
  EXPECT_FALSE(bootstrap(Series(), responses, {0.5})[0].known);
}

TEST(Bootstrap, counts_what_was_given_up) {
  Recorder recorder;
  for (Nanoseconds due = 0; due != 10 * second; due += 10 * millisecond) {
    recorder.record(due % (100 * millisecond) == 0 ? failed(due, 5 * second, Ending::timed_out) : answered(due, millisecond));
  }
  EXPECT_GT(bootstrap(recorder.series(), responses, {0.95})[0].value, 4e9);
}

TEST(Difference, of_a_server_with_itself_is_seldom_found) {
  int found = 0;
  for (std::uint64_t i = 0; i != 40; ++i) {
    const auto difference =
        bootstrap_difference(noisy_run(2 * i + 1), noisy_run(2 * i + 2), responses, {0.5}, {.seed = 1, .rounds = 120})[0];
    found += difference.confidence.lower > 0 || difference.confidence.upper < 0 ? 1 : 0;
  }
  EXPECT_LE(found, 6) << "of 40, two are expected";
}

TEST(Difference, is_not_found_in_a_short_run_either) {
  // Three seconds are six stretches: without what `outside_of` adds, one in eight of these runs differs from itself.
  constexpr int runs = 300;
  int found = 0;
  for (std::uint64_t i = 0; i != runs; ++i) {
    const auto difference =
        bootstrap_mean_difference(noisy_run(2 * i + 1, 0, 50, 3), noisy_run(2 * i + 2, 0, 50, 3), Metric::success);
    ASSERT_TRUE(difference.known);
    found += difference.confidence.lower > 0 || difference.confidence.upper < 0 ? 1 : 0;
  }
  EXPECT_LE(found, runs * 8 / 100) << "one in twenty is expected";
  EXPECT_GE(found, runs * 1 / 100) << "an interval that always holds is too wide";
}

TEST(Difference, of_a_millisecond_is_found_and_measured) {
  const Series one = noisy_run(1), two = noisy_run(2, millisecond);

  const auto difference = bootstrap_difference(one, two, responses, {0.5})[0];

  EXPECT_GT(difference.confidence.lower, 0);
  EXPECT_LE(difference.confidence.lower, 1.0e6);
  EXPECT_GE(difference.confidence.upper, 1.0e6);
  EXPECT_LT(wilcoxon(one, two), 0.001);
  EXPECT_LT(bootstrap_difference(two, one, responses, {0.5})[0].confidence.upper, 0);
}

TEST(Difference, does_not_count_what_disturbed_both) {
  // Every fourth second everything takes ten times as long, on both ways; the second way costs a millisecond more.
  const auto disturbed = [](Nanoseconds more) {
    return run_of(200, 40, [more](Nanoseconds due) { return more + (due / second % 4 == 0 ? 100 : 10) * millisecond; });
  };
  const Series one = disturbed(0), two = disturbed(millisecond);

  const auto together = bootstrap_difference(one, two, responses, {0.9})[0];

  EXPECT_NEAR(together.confidence.lower, 1e6, 2e5);
  EXPECT_NEAR(together.confidence.upper, 1e6, 2e5);
}

TEST(Difference, of_means_adds_up_over_phases) {
  const Series one = noisy_run(1), two = noisy_run(2, millisecond);
  const auto mean = [&](Metric metric) { return bootstrap_mean_difference(one, two, metric).value; };
  double phases = 0;
  for (const Metric metric :
       {Metric::lateness, Metric::queue, Metric::connect, Metric::tls, Metric::send, Metric::wait, Metric::receive})
    phases += mean(metric);
  EXPECT_NEAR(phases, mean(Metric::success), 1);
  EXPECT_NEAR(mean(Metric::connect), 0, 1e-9) << "nobody connected";
}

TEST(Change, between_two_runs_is_absolute_and_relative) {
  const auto change = bootstrap_change(noisy_run(1), noisy_run(2, 5 * millisecond, 100, 40), responses, {0.5})[0];
  ASSERT_TRUE(change.absolute.known);
  EXPECT_LE(change.absolute.confidence.lower, 5e6);
  EXPECT_GE(change.absolute.confidence.upper, 5e6);
  EXPECT_NEAR(change.absolute.value, 5e6, 5e5);
  EXPECT_NEAR(change.relative.value, 0.5, 0.05);
  EXPECT_GT(change.relative.confidence.lower, 0.4);
  EXPECT_LT(change.relative.confidence.upper, 0.6);
  EXPECT_FALSE(bootstrap_change(noisy_run(1), Series(), responses, {0.5})[0].absolute.known);
}

TEST(Wilcoxon, agrees_with_tables) {
  // n = 10, W = 8: 0.0488 two-sided, as in every table (and in R: wilcox.test).
  EXPECT_NEAR(wilcoxon({-1, -2, -5, 3, 4, 6, 7, 8, 9, 10}), 0.048828125, 1e-9);
  EXPECT_NEAR(wilcoxon({1, 2, 3, 4, 5, 6}), 2.0 / 64, 1e-12);
  EXPECT_NEAR(wilcoxon({-1, 2, -3, 4, -5, 6}), wilcoxon({1, -2, 3, -4, 5, -6}), 1e-12);
  EXPECT_EQ(wilcoxon({1, 2, 3, 4, 5}), 1) << "too few";
  EXPECT_EQ(wilcoxon(std::vector<double>(20, 0.0)), 1) << "none differs";
}

TEST(Wilcoxon, for_many_is_close_to_exact) {
  std::vector<double> few, many;
  for (int i = 1; i <= 40; ++i) few.push_back(i % 3 == 0 ? -i : i);
  many = few;
  many.back() = 38.5;  // the same ranks but for one, and...
  many[37] = 38.5;     // ...a tie, which takes the other way
  EXPECT_NEAR(wilcoxon(few), wilcoxon(many), 0.005);
  EXPECT_GT(wilcoxon(few), 0.01);
  EXPECT_LT(wilcoxon(few), 0.2);
}

}  // namespace
}  // namespace loadtest::measure
