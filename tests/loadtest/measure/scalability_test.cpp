#include "loadtest/measure/scalability.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/loadtest/measure/runs.hpp"

namespace loadtest::measure {
namespace {

std::vector<LoadPoint> points_of(const Scalability& truth, double noise = 0) {
  Random random(1);
  std::vector<LoadPoint> points;
  for (const double n : {1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0})
    points.push_back({n, truth.at(n) * (1 + noise * normal(random))});
  return points;
}

TEST(Scalability, finds_the_coefficients_that_made_the_points) {
  const auto fit = fit_scalability(points_of({995.6, 0.0267, 0.000769, 0}));
  ASSERT_TRUE(fit);
  EXPECT_NEAR(fit->lambda, 995.6, 0.5);
  EXPECT_NEAR(fit->sigma, 0.0267, 1e-4);
  EXPECT_NEAR(fit->kappa, 0.000769, 1e-5);
  EXPECT_GT(fit->r_squared, 0.9999);
  EXPECT_NEAR(*fit->peak(), 35.6, 0.5);
}

TEST(Scalability, bears_noise) {
  const auto fit = fit_scalability(points_of({1000, 0.05, 0.001, 0}, 0.02));
  ASSERT_TRUE(fit);
  EXPECT_NEAR(fit->lambda, 1000, 100);
  EXPECT_NEAR(*fit->peak(), 30.8, 6);
}

TEST(Scalability, has_no_peak_where_more_is_always_better) {
  const auto fit = fit_scalability(points_of({1000, 0.1, 0, 0}));
  ASSERT_TRUE(fit);
  EXPECT_NEAR(fit->sigma, 0.1, 1e-3);
  EXPECT_TRUE(!fit->peak() || *fit->peak() > 1000);
}

TEST(Scalability, asks_for_six_points_that_say_something) {
  std::vector<LoadPoint> points = points_of({1000, 0.1, 0.001, 0});
  points.resize(5);
  EXPECT_FALSE(fit_scalability(points));
  EXPECT_FALSE(fit_scalability(std::vector<LoadPoint>(8, {4, 100}))) << "one place only";
  std::vector<LoadPoint> of_none(8);
  for (std::size_t i = 0; i != of_none.size(); ++i) of_none[i] = {0, 100.0 + static_cast<double>(i)};
  EXPECT_FALSE(fit_scalability(of_none)) << "nobody gets nothing done";
}

}  // namespace
}  // namespace loadtest::measure
