#include "loadtest/report/figures.hpp"

#include <gtest/gtest.h>

namespace loadtest::report {
namespace {

TEST(Figures, durations_have_three_digits_and_the_unit_that_fits) {
  EXPECT_EQ(duration(0), "0 ns");
  EXPECT_EQ(duration(312), "312 ns");
  EXPECT_EQ(duration(999.6), "1.00 µs");
  EXPECT_EQ(duration(35'200), "35.2 µs");
  EXPECT_EQ(duration(999'600), "1.00 ms");
  EXPECT_EQ(duration(182e6), "182 ms");
  EXPECT_EQ(duration(1.02e9), "1.02 s");
  EXPECT_EQ(duration(99.94e9), "99.9 s");
  EXPECT_EQ(duration(200e9), "3m20s");
  EXPECT_EQ(duration(3600e9), "1h00m");
  EXPECT_EQ(duration(-1.5e6), "-1.50 ms");
  EXPECT_EQ(difference(1.5e6), "+1.50 ms");
  EXPECT_EQ(difference(-2e3), "-2.00 µs");
}

TEST(Figures, counts_rates_and_sizes) {
  EXPECT_EQ(whole(7), "7");
  EXPECT_EQ(whole(1234567), "1,234,567");
  EXPECT_EQ(whole(123456), "123,456");
  EXPECT_EQ(rate(199.8), "200");
  EXPECT_EQ(rate(19.98), "20.0");
  EXPECT_EQ(rate(1.234), "1.23");
  EXPECT_EQ(rate(12345.6), "12,346");
  EXPECT_EQ(bytes(999), "999 B");
  EXPECT_EQ(bytes(1.2e6), "1.20 MB");
  EXPECT_EQ(bytes(0), "0 B");
}

TEST(Figures, a_share_that_is_not_nothing_does_not_look_like_it) {
  EXPECT_EQ(percent(0), "0 %");
  EXPECT_EQ(percent(0.00001), "< 0.01 %");
  EXPECT_EQ(percent(0.0042), "0.42 %");
  EXPECT_EQ(percent(0.99999), "> 99.99 %");
  EXPECT_EQ(percent(0.9996), "99.96 %");
  EXPECT_EQ(percent(1), "100 %");
}

TEST(Figures, percentiles_say_what_they_are) {
  using State = measure::Reading::State;
  EXPECT_EQ(percentile({State::known, 182'000'000, 1000}), "182 ms");
  EXPECT_EQ(percentile({State::at_least, 10'000'000'000, 1000}), "≥ 10.0 s");
  EXPECT_EQ(percentile({State::too_few, 0, 10'000}), "n/a (need 10,000)");
  EXPECT_EQ(short_percentile({State::too_few, 0, 10'000}), "n/a");
  EXPECT_EQ(name_of_quantile(0.99), "p99");
  EXPECT_EQ(name_of_quantile(0.999), "p99.9");
  EXPECT_EQ(name_of_quantile(0.5), "p50");
}

TEST(Figures, columns_are_those_of_characters) {
  EXPECT_EQ(columns("35 µs"), 5U);
  EXPECT_EQ(right("µs", 4), "  µs");
  EXPECT_EQ(left("≥", 3), "≥  ");
  EXPECT_EQ(left("long", 2), "long");
}

TEST(Figures, bars_end_in_eighths_and_show_what_is_little) {
  EXPECT_EQ(bar(1, 4), "████");
  EXPECT_EQ(bar(0.5, 4), "██");
  EXPECT_EQ(bar(0.4, 4), "█▋");
  EXPECT_EQ(bar(0.0001, 4), "▏");
  EXPECT_EQ(bar(0, 4), "");
  EXPECT_EQ(bar(3, 2), "██");
}

TEST(Figures, what_moves_a_cursor_is_not_printed) {
  EXPECT_EQ(printable("a\x1b[2Jb\n"), "a?[2Jb?");
  EXPECT_EQ(printable("\xc2\x9bx µ"), "?x µ");
}

}  // namespace
}  // namespace loadtest::report
