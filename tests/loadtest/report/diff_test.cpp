#include "loadtest/report/diff.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/loadtest/measure/runs.hpp"

namespace loadtest::report {
namespace {

using measure::millisecond;
using measure::Nanoseconds;
using measure::Result;
using measure::second;
using State = LimitOutcome::State;
using testing::HasSubstr;

Limit limit(std::string_view text) {
  const auto parsed = parse_limit(text);
  EXPECT_TRUE(parsed) << text << ": " << parsed.message;
  return parsed ? *parsed.value : Limit();
}

Result result_of(measure::Series series) {
  Result result;
  result.series = std::move(series);
  result.length = 30 * second;
  return result;
}

State state(const Result& base, const Result& fresh, std::string_view text) {
  return judge_change(base, fresh, {limit(text)})[0].state;
}

TEST(Limit, is_a_value_a_sign_and_a_change) {
  const Limit relative = limit("p99>+10%");
  EXPECT_TRUE(relative.relative);
  EXPECT_TRUE(relative.above);
  EXPECT_DOUBLE_EQ(relative.change, 0.1);
  EXPECT_DOUBLE_EQ(relative.quantile, 0.99);
  EXPECT_DOUBLE_EQ(limit("p50 > +2ms").change, 2e6);
  EXPECT_TRUE(limit("ttfb_p95>+250%").first_byte);
  EXPECT_DOUBLE_EQ(limit("ttfb_p95>+250%").change, 2.5);
  EXPECT_DOUBLE_EQ(limit("errors>+0.5%").change, 0.5);
  EXPECT_FALSE(limit("errors>+0.5%").relative) << "points, because errors are in percent themselves";
  const Limit falls = limit("rate<-5%");
  EXPECT_FALSE(falls.above);
  EXPECT_DOUBLE_EQ(falls.change, -0.05);
  EXPECT_DOUBLE_EQ(limit("rate<-20/s").change, -20);
  EXPECT_DOUBLE_EQ(limit("mean>+1ms").change, 1e6);
}

TEST(Limit, that_is_none_says_what_would_be) {
  EXPECT_THAT(parse_limit("p99").message, HasSubstr("p99>+10%"));
  EXPECT_THAT(parse_limit("p999x>+10%").message, HasSubstr("must be a value"));
  EXPECT_THAT(parse_limit("requests>+10%").message, HasSubstr("must be a value"));
  EXPECT_THAT(parse_limit("p99>10%").message, HasSubstr("needs its sign: write +10%"));
  EXPECT_THAT(parse_limit("rate<5%").message, HasSubstr("needs its sign: write -5%"));
  EXPECT_THAT(parse_limit("p99>+x%").message, HasSubstr("number in percent"));
  EXPECT_THAT(parse_limit("p99>+10q").message, HasSubstr("the change in \"p99>+10q\""));
  EXPECT_THAT(parse_limit("errors>+5ms").message, HasSubstr("must be in percent"));
  EXPECT_THAT(parse_limit("p99>").message, HasSubstr("needs its sign"));
}

TEST(Diff, fails_what_is_surely_beyond_its_limit) {
  const Result base = result_of(measure::noisy_run(1)), same = result_of(measure::noisy_run(2)),
               slower = result_of(measure::noisy_run(3, 3 * millisecond));
  EXPECT_EQ(state(base, same, "p50>+10%"), State::kept);
  EXPECT_EQ(state(base, slower, "p50>+10%"), State::broken);
  EXPECT_EQ(state(base, slower, "p50>+2ms"), State::broken);
  EXPECT_EQ(state(base, slower, "p50>+50%"), State::kept);
  EXPECT_EQ(state(base, slower, "p50>+2800us"), State::unclear) << "the interval holds the limit";
  EXPECT_EQ(state(slower, base, "p50<-10%"), State::broken) << "an improvement may be too much, too";
}

TEST(Diff, compares_errors_and_rates) {
  measure::Recorder recorder;
  for (Nanoseconds i = 0; i != 3000; ++i)
    recorder.record(measure::answered(i * 10 * millisecond, millisecond, i % 100 == 0 ? 500 : 200));
  const Result base = result_of(measure::noisy_run(1)), worse = result_of(recorder.series());
  EXPECT_EQ(state(base, worse, "errors>+0.5%"), State::broken);
  EXPECT_EQ(state(base, worse, "errors>+2%"), State::kept);
  EXPECT_EQ(state(base, worse, "rate<-5%"), State::broken);
  EXPECT_EQ(state(base, worse, "rate<-110/s"), State::kept);
  EXPECT_EQ(state(base, worse, "max>+1ms"), State::kept);
  EXPECT_EQ(state(worse, base, "mean>+100%"), State::broken);
}

TEST(Diff, what_is_not_known_fails) {
  const Result base = result_of(measure::noisy_run(1));
  EXPECT_EQ(state(base, base, "p99.9>+10%"), State::unknown);
  EXPECT_EQ(state(base, Result(), "p50>+10%"), State::unknown);
  EXPECT_EQ(state(Result(), base, "mean>+10%"), State::unknown);
  EXPECT_FALSE(none_broken({{State::unknown, "", ""}}));
  EXPECT_FALSE(none_broken({{State::kept, "", ""}, {State::broken, "", ""}}));
  EXPECT_TRUE(none_broken({{State::kept, "", ""}, {State::unclear, "", ""}}));
}

TEST(Diff, text_has_limits_first_and_the_change_with_its_confidence) {
  const Result base = result_of(measure::noisy_run(1));
  Result slower = result_of(measure::noisy_run(3, 3 * millisecond));
  slower.verdict = {false, {"x"}};
  slower.settings["rate"] = 1;
  const std::string text = text_of_diff(base, slower, judge_change(base, slower, {limit("p50>+10%"), limit("p50>+2800us")}));
  EXPECT_TRUE(text.starts_with("NEW is INVALID (generator)\n  ✗ p50>+10%  +2")) << text;
  EXPECT_THAT(text, HasSubstr("could be chance"));
  EXPECT_THAT(text, HasSubstr("response p50"));
  EXPECT_THAT(text, HasSubstr("[+2."));
  EXPECT_THAT(text, HasSubstr("their settings differ"));
  EXPECT_THAT(text, HasSubstr("n/a (need 10,000)"));
}

}  // namespace
}  // namespace loadtest::report
