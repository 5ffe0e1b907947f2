#include "loadtest/plan/capacity_search.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

namespace loadtest::plan {
namespace {

using Outcome = CapacitySearch::Outcome;
using Trial = CapacitySearch::Trial;
constexpr measure::Nanoseconds second = 1'000'000'000;

struct Found {
  double lower = 0;
  std::optional<double> upper;
  bool generator = false;
  std::vector<Trial> trials;
};

Found search(const std::function<Outcome(const Trial&)>& server, SearchRules rules = {}) {
  CapacitySearch it(rules);
  Found found;
  while (const auto trial = it.next()) {
    found.trials.push_back(*trial);
    it.took(server(*trial));
  }
  found.lower = it.lower();
  found.upper = it.upper();
  found.generator = it.generator_bound();
  return found;
}

std::function<Outcome(const Trial&)> knee(double at) {
  return [at](const Trial& trial) { return trial.rate <= at ? Outcome::held : Outcome::broken; };
}

TEST(CapacitySearch, FindsTheKneeWithinItsPrecision) {
  for (const double at : {7.0, 50.0, 51.0, 333.0, 4'000.0, 99'000.0}) {
    const auto found = search(knee(at));
    EXPECT_LE(found.lower, at);
    ASSERT_TRUE(found.upper) << at;
    EXPECT_GT(*found.upper, at);
    EXPECT_LE(*found.upper / found.lower, 1.0501) << at;
    EXPECT_LE(found.trials.size(), 26U) << at;
  }
}

TEST(CapacitySearch, ALowerBoundHasHeldForAWholeTrial) {
  SearchRules rules;
  std::vector<double> held_long;
  const auto found = search([&](const Trial& trial) {
    const bool held = trial.rate <= 700;
    if (held && trial.length == rules.longest) held_long.push_back(trial.rate);
    return held ? Outcome::held : Outcome::broken;
  });
  EXPECT_EQ(std::ranges::count(held_long, found.lower), 1);
}

// A queue that takes ten seconds to overflow: short trials hold at 900, long ones do not.
TEST(CapacitySearch, WhatHoldsForAMomentOnlyIsNotALowerBound) {
  const auto found = search([](const Trial& trial) {
    return trial.rate <= (trial.length >= 10 * second ? 600 : 900) ? Outcome::held : Outcome::broken;
  });
  EXPECT_LE(found.lower, 600);
  EXPECT_GE(found.lower, 560);
}

// One bad second: the first trial at each rate is disturbed.
TEST(CapacitySearch, OneShortTrialIsNotBelieved) {
  double last = 0;
  const auto found = search([&](const Trial& trial) {
    const bool disturbed = trial.length < 15 * second && std::exchange(last, trial.rate) != trial.rate;
    return trial.rate <= 700 && !disturbed ? Outcome::held : Outcome::broken;
  });
  EXPECT_LE(found.lower, 700);
  EXPECT_GE(found.lower, 660);
}

TEST(CapacitySearch, TheGeneratorMayBeTheLimit) {
  const auto found = search([](const Trial& trial) { return trial.rate > 3'000 ? Outcome::generator : Outcome::held; });
  EXPECT_TRUE(found.generator);
  EXPECT_FALSE(found.upper);
  EXPECT_GT(found.lower, 3'000 / 1.6);
  EXPECT_EQ(found.trials.back().length, 15 * second);
}

// Somebody else's work on the same machine, now and then.
TEST(CapacitySearch, AGeneratorThatIsDisturbedIsAskedAgain) {
  unsigned calls = 0;
  const auto found = search([&calls](const Trial& trial) {
    if (++calls % 3 != 0) return Outcome::generator;
    return trial.rate <= 700 ? Outcome::held : Outcome::broken;
  });
  EXPECT_FALSE(found.generator);
  EXPECT_LE(found.lower, 700);
  EXPECT_GE(found.lower, 660);
}

TEST(CapacitySearch, GoesNoFurtherThanItMay) {
  SearchRules rules;
  rules.most = 1'000;
  const auto found = search(knee(1e9), rules);
  EXPECT_DOUBLE_EQ(found.lower, 1'000);
  EXPECT_FALSE(found.upper);
  for (const auto& trial : found.trials) EXPECT_LE(trial.rate, 1'000);
}

TEST(CapacitySearch, AServerThatNeverHoldsHasNone) {
  const auto found = search(knee(0));
  EXPECT_EQ(found.lower, 0);
  EXPECT_LE(*found.upper, 1);
}

TEST(CapacitySearch, EndsWhateverItIsTold) {
  std::mt19937 random(7);
  for (int i = 0; i < 2'000; ++i) {
    const auto found = search([&](const Trial& trial) {
      EXPECT_GE(trial.rate, 0.4);
      EXPECT_LE(trial.rate, 100'000);
      EXPECT_GT(trial.length, 0);
      const auto roll = random() % 20;
      return roll == 0 ? Outcome::generator : roll < 10 ? Outcome::held : Outcome::broken;
    });
    EXPECT_LE(found.trials.size(), 60U);
    if (found.upper) {
      EXPECT_GE(*found.upper, found.lower * 0.999);
    }
  }
}

}  // namespace
}  // namespace loadtest::plan
