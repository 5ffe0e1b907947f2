#include "loadtest/service/dice.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "loadtest/service/words.hpp"

namespace loadtest::service {
namespace {

constexpr int draws = 20'000;
constexpr Nanoseconds millisecond = 1'000'000;

std::vector<Nanoseconds> delays(const Settings& settings, std::uint64_t others = 0) {
  Dice dice(7);
  std::vector<Nanoseconds> drawn;
  for (int i = 0; i != draws; ++i) drawn.push_back(dice.draw(settings, others).delay);
  std::sort(drawn.begin(), drawn.end());
  return drawn;
}

TEST(Dice, the_same_seed_draws_the_same) {
  Settings settings;
  settings.delay = {Delay::Kind::lognormal, millisecond, 1, {}, 0};
  Dice one(3);
  Dice same(3);
  Dice other(4);
  bool differs = false;
  for (int i = 0; i != 100; ++i) {
    const auto delay = one.draw(settings, 0).delay;
    EXPECT_EQ(delay, same.draw(settings, 0).delay);
    differs = differs || delay != other.draw(settings, 0).delay;
  }
  EXPECT_TRUE(differs);
}

TEST(Dice, a_lognormal_delay_has_its_median_and_its_spread) {
  Settings settings;
  settings.delay = {Delay::Kind::lognormal, 10 * millisecond, 0.5, {}, 0};
  const auto drawn = delays(settings);
  EXPECT_NEAR(10e6, static_cast<double>(drawn[draws / 2]), 0.2e6);
  // A standard deviation of the logarithm lies at 15.9 and 84.1 percent.
  EXPECT_NEAR(10e6 * std::exp(0.5), static_cast<double>(drawn[static_cast<std::size_t>(draws * 0.8413)]), 0.5e6);
  EXPECT_NEAR(10e6 * std::exp(-0.5), static_cast<double>(drawn[static_cast<std::size_t>(draws * 0.1587)]), 0.2e6);
}

TEST(Dice, a_mix_has_its_shares) {
  Settings settings;
  settings.delay = *parse_delay("1ms:30,50ms:10").value;
  const auto drawn = delays(settings);
  EXPECT_NEAR(0.6, static_cast<double>(std::count(drawn.begin(), drawn.end(), 0)) / draws, 0.02);
  EXPECT_NEAR(0.3, static_cast<double>(std::count(drawn.begin(), drawn.end(), millisecond)) / draws, 0.02);
  EXPECT_NEAR(0.1, static_cast<double>(std::count(drawn.begin(), drawn.end(), 50 * millisecond)) / draws, 0.02);
}

TEST(Dice, others_make_it_slower) {
  Settings settings;
  settings.delay.median = 2 * millisecond;
  settings.delay.each = millisecond;
  EXPECT_EQ(2 * millisecond, delays(settings, 0).back());
  EXPECT_EQ(7 * millisecond, delays(settings, 5).back());
}

TEST(Dice, faults_have_their_shares_and_exclude_each_other) {
  Settings settings;
  settings.statuses = {{503, 20}, {404, 5}};
  settings.resets = 10;
  settings.truncated = 50;
  settings.close = 30;
  Dice dice(9);
  int failed = 0;
  int missing = 0;
  int resets = 0;
  int truncated = 0;
  int closed = 0;
  for (int i = 0; i != draws; ++i) {
    const auto fate = dice.draw(settings, 0);
    failed += fate.status == 503;
    missing += fate.status == 404;
    resets += fate.reset;
    truncated += fate.truncated;
    closed += fate.close;
    EXPECT_FALSE(fate.reset && fate.truncated);
    EXPECT_TRUE(fate.status == 200 || fate.status == 503 || fate.status == 404);
  }
  EXPECT_NEAR(0.2 * draws, failed, 0.02 * draws);
  EXPECT_NEAR(0.05 * draws, missing, 0.01 * draws);
  EXPECT_NEAR(0.1 * draws, resets, 0.02 * draws);
  EXPECT_NEAR(0.45 * draws, truncated, 0.02 * draws);
  EXPECT_NEAR(0.3 * draws, closed, 0.02 * draws);
}

TEST(Words, delays) {
  EXPECT_EQ(20 * millisecond, parse_delay("20ms").value->median);
  const auto spread = parse_delay("lognormal:20ms,0.5");
  ASSERT_TRUE(spread);
  EXPECT_EQ(Delay::Kind::lognormal, spread.value->kind);
  EXPECT_EQ(20 * millisecond, spread.value->median);
  EXPECT_EQ(0.5, spread.value->sigma);
  const auto mix = parse_delay("150us:10,2ms:5");
  ASSERT_TRUE(mix);
  EXPECT_EQ((std::vector<std::pair<Nanoseconds, double>>{{150'000, 10}, {2 * millisecond, 5}}), mix.value->mix);
  for (const auto* bad : {"", "fast", "lognormal:20ms", "lognormal:20ms,-1", "lognormal:20ms,x", "lognormal:20ms,0.5,",
                          "lognormal:20ms,5", "1ms:60,2ms:50", "1ms:x", "1ms:10,,2ms:5", "150us:10:5"}) {
    const auto parsed = parse_delay(bad);
    EXPECT_FALSE(parsed) << bad;
    EXPECT_TRUE(parsed.message.starts_with("must ")) << bad << ": " << parsed.message;
  }
}

TEST(Words, statuses_stalls_and_shares) {
  EXPECT_EQ((std::vector<std::pair<std::uint16_t, double>>{{503, 5}, {404, 1}}), *parse_statuses("503:5,404:1").value);
  EXPECT_EQ((std::vector<std::pair<std::uint16_t, double>>{{503, 100}}), *parse_statuses("503").value);
  for (const auto* bad : {"", "100:5", "600", "503:200", "503:60,404:60", "x:1", "503:5,,404:1"})
    EXPECT_FALSE(parse_statuses(bad)) << bad;
  const auto stall = parse_stall("4s:2s");
  ASSERT_TRUE(stall);
  EXPECT_EQ(4000 * millisecond, stall.value->after);
  EXPECT_EQ(2000 * millisecond, stall.value->lasts);
  for (const auto* bad : {"", "4s", "4s:", "4s:0s", ":2s", "4s:2s:1s"}) EXPECT_FALSE(parse_stall(bad)) << bad;
  EXPECT_EQ(100, *parse_share("1").value);
  EXPECT_EQ(100, *parse_share("true").value);
  EXPECT_EQ(12.5, *parse_share("12.5").value);
  EXPECT_FALSE(parse_share("101"));
}

TEST(Words, a_query_changes_what_it_names) {
  Settings settings;
  settings.resets = 3;
  settings.size = 10;
  const auto changed = changed_by_query(settings, "?a=b&delay=5ms&status=503:50&size=4k&close=1&delay2=7ms&size=wrong");
  EXPECT_EQ(5 * millisecond, changed.delay.median);
  EXPECT_EQ((std::vector<std::pair<std::uint16_t, double>>{{503, 50}}), changed.statuses);
  EXPECT_EQ(4000U, changed.size);
  EXPECT_EQ(100, changed.close);
  EXPECT_EQ(3, changed.resets);
  EXPECT_EQ(10U, changed_by_query(settings, "?").size);
}

}  // namespace
}  // namespace loadtest::service
