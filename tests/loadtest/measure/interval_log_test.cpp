#include "loadtest/measure/interval_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/loadtest/measure/samples.hpp"

namespace loadtest::measure {
namespace {

using testing::HasSubstr;

Interval interval(std::string tag, Nanoseconds begin, std::uint64_t value) {
  Interval made{std::move(tag), begin, second, Histogram()};
  made.histogram.record(value);
  return made;
}

TEST(IntervalLog, what_was_written_is_read) {
  const Nanoseconds start = 1'700'000'000 * second + 250 * millisecond;
  const std::string text = interval_log_head(start) + interval_log_line(interval("gateway", 0, 5'000'000)) +
                           interval_log_line(interval("", second, 7'000'000));

  const auto log = read_interval_log(text);

  EXPECT_THAT(text, HasSubstr("#[StartTime: 1700000000.250 (seconds since epoch), Tue Nov 14 22:13:20 UTC 2023]"));
  EXPECT_THAT(text, HasSubstr("\nTag=gateway,0.000,1.000,5.001,HISTFAAA"));
  ASSERT_TRUE(log) << log.message;
  EXPECT_EQ(log.value->start, start);
  ASSERT_EQ(log.value->intervals.size(), 2U);
  EXPECT_EQ(log.value->intervals[0].tag, "gateway");
  EXPECT_EQ(log.value->intervals[1].tag, "");
  EXPECT_EQ(log.value->intervals[1].begin, second);
  EXPECT_EQ(log.value->intervals[1].length, second);
  EXPECT_EQ(log.value->intervals[1].histogram, interval("", 0, 7'000'000).histogram);
}

TEST(IntervalLog, a_tag_cannot_break_its_line) {
  const std::string line = interval_log_line(interval("a,b c\nd", 0, 1));
  EXPECT_TRUE(line.starts_with("Tag=a_b_c_d,0.000,"));
  EXPECT_EQ(line.find('\n'), line.size() - 1);
}

TEST(IntervalLog, times_may_be_absolute_or_since_a_base) {
  const std::string line = interval_log_line(interval("", 1'700'000'005 * second, 1));
  const auto absolute = read_interval_log(interval_log_head(1'700'000'000 * second) + line);
  ASSERT_TRUE(absolute);
  EXPECT_EQ(absolute.value->intervals[0].begin, 5 * second);
  const auto based =
      read_interval_log(interval_log_head(1'700'000'000 * second) + "#[BaseTime: 1700000002.000 (seconds since epoch)]\n" +
                        interval_log_line(interval("", second, 1)));
  ASSERT_TRUE(based);
  EXPECT_EQ(based.value->intervals[0].begin, 3 * second);
}

TEST(IntervalLog, names_the_line_that_is_wrong) {
  const std::string head = interval_log_head(0);
  EXPECT_THAT(read_interval_log(head + "1.0,x,2.0,HISTFAAA\n").message, HasSubstr("line 4: is not an interval"));
  EXPECT_THAT(read_interval_log(head + "1.0,-1,2.0,HISTFAAA\n").message, HasSubstr("line 4: is not an interval"));
  EXPECT_THAT(read_interval_log(head + "1e300,1,2.0,HISTFAAA\n").message, HasSubstr("line 4: is not an interval"));
  EXPECT_THAT(read_interval_log(head + "1.0,1.0,2.0,HISTFAAA\r\n").message, HasSubstr("line 4: the histogram"));
  EXPECT_THAT(read_interval_log(head).message, HasSubstr("no interval"));
}

TEST(PercentileTable, ends_where_all_values_do) {
  Histogram histogram;
  for (int i = 1; i <= 100; ++i) histogram.record(static_cast<std::uint64_t>(i) * 1'000'000);
  const std::string table = percentile_table(histogram);
  EXPECT_TRUE(table.starts_with(
      "       Value     Percentile TotalCount 1/(1-Percentile)\n\n       1.000 0.000000000000          1           1.00\n"));
  EXPECT_THAT(table, HasSubstr("\n      90.046 0.900000000000         90          10.00\n"));
  EXPECT_THAT(table, HasSubstr("\n     100.008 1.000000000000        100\n#[Mean    = "));
  EXPECT_THAT(table, HasSubstr("#[Buckets =           32, SubBuckets     =         2048]\n"));
}

}  // namespace
}  // namespace loadtest::measure
