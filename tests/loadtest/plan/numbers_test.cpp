#include "loadtest/plan/numbers.hpp"

#include <gtest/gtest.h>

namespace loadtest::plan {
namespace {

TEST(Span, ReadsWhatPeopleWrite) {
  EXPECT_EQ(parse_span("250us").value, 250'000);
  EXPECT_EQ(parse_span("250µs").value, 250'000);
  EXPECT_EQ(parse_span("7ns").value, 7);
  EXPECT_EQ(parse_span("20ms").value, 20'000'000);
  EXPECT_EQ(parse_span("1.5s").value, 1'500'000'000);
  EXPECT_EQ(parse_span("1m30s").value, 90'000'000'000);
  EXPECT_EQ(parse_span("2h").value, 7'200'000'000'000);
  EXPECT_EQ(parse_span("10").value, 10'000'000'000);
  EXPECT_EQ(parse_span("0").value, 0);
}

TEST(Span, RefusesTheRestWithAReason) {
  for (const auto* text : {"", "s", "-1s", "1x", "1..5s", "1e3s", "inf", "5 s", "1s2", "nan", "+3s"}) {
    EXPECT_FALSE(parse_span(text)) << text;
    EXPECT_NE(parse_span(text).message.find("such as"), std::string::npos) << text;
  }
  EXPECT_EQ(parse_span("721h").message, "must be at most 30 days");
  EXPECT_NE(parse_span("5min").message.find("unknown unit \"min\""), std::string::npos);
}

TEST(Rate, HasAUnitOfTime) {
  EXPECT_DOUBLE_EQ(*parse_rate("200").value, 200);
  EXPECT_DOUBLE_EQ(*parse_rate("5k/s").value, 5000);
  EXPECT_DOUBLE_EQ(*parse_rate("600/m").value, 10);
  EXPECT_DOUBLE_EQ(*parse_rate("0.5").value, 0.5);
  for (const auto* text : {"", "0", "x", "5/d", "-1", "20M", "1 /s"}) EXPECT_FALSE(parse_rate(text)) << text;
}

TEST(Count, TakesThousandsAndMillions) {
  EXPECT_EQ(parse_count("100").value, 100U);
  EXPECT_EQ(parse_count("10k").value, 10'000U);
  EXPECT_EQ(parse_count("1.5M").value, 1'500'000U);
  for (const auto* text : {"", "1.5", "k", "-1", "10kk", "9999999M"}) EXPECT_FALSE(parse_count(text)) << text;
}

TEST(Percent, IsFromNoneToAll) {
  EXPECT_DOUBLE_EQ(*parse_percent("0.1%").value, 0.1);
  EXPECT_DOUBLE_EQ(*parse_percent("99").value, 99);
  EXPECT_FALSE(parse_percent("101%"));
  EXPECT_FALSE(parse_percent("%"));
}

TEST(ExactSpan, IsReadAsItWas) {
  using measure::Nanoseconds;
  for (const Nanoseconds span : {Nanoseconds{0}, Nanoseconds{7}, Nanoseconds{1'500'000'000}, Nanoseconds{20'000}}) {
    EXPECT_EQ(parse_span(exact_span(span)).value, span) << exact_span(span);
  }
  EXPECT_EQ(exact_span(1'500'000'000), "1500ms");
}

}  // namespace
}  // namespace loadtest::plan
