#include "config/units.hpp"

#include <gmock/gmock.h>

namespace config {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(Bytes, every_unit_is_read) {
  EXPECT_EQ(parse_bytes("0").value, Bytes{0});
  EXPECT_EQ(parse_bytes("512Mi").value, mebibytes(512));
  EXPECT_EQ(parse_bytes("16Gi").value, gibibytes(16));
  EXPECT_EQ(parse_bytes("2G").value, Bytes{2'000'000'000});
  EXPECT_EQ(parse_bytes("100k").value, Bytes{100'000});
  EXPECT_EQ(parse_bytes("1.5Gi").value, mebibytes(1536));
  EXPECT_EQ(parse_bytes("1TB").value, Bytes{1'000'000'000'000});
}

TEST(Bytes, what_is_no_size_is_refused_with_a_reason) {
  for (const char* text :
       {"", "-1", "Mi", "1 Mi", "1.Mi", "1.2345Mi", "0x10", "99999999999999999999", "9223372036854775807Ki"}) {
    EXPECT_FALSE(parse_bytes(text)) << text;
  }
  EXPECT_THAT(parse_bytes("5Xi").message, HasSubstr("unknown unit \"Xi\""));
  EXPECT_THAT(parse_bytes("512m").message, HasSubstr("write Mi or M"));
  EXPECT_THAT(parse_bytes("1.5").message, HasSubstr("whole number"));
}

TEST(Bytes, are_written_in_the_shortest_exact_way) {
  for (const char* text : {"0", "1001", "512Mi", "16Gi", "100k", "2G"}) EXPECT_EQ(to_string(*parse_bytes(text).value), text);
}

TEST(Duration, units_add_up_and_a_plain_number_is_seconds) {
  EXPECT_EQ(parse_duration("500ms").value, 500ms);
  EXPECT_EQ(parse_duration("15s").value, 15s);
  EXPECT_EQ(parse_duration("30m").value, 30min);
  EXPECT_EQ(parse_duration("1h30m").value, 90min);
  EXPECT_EQ(parse_duration("2d").value, 48h);
  EXPECT_EQ(parse_duration("20").value, 20s);
}

TEST(Duration, what_is_no_duration_is_refused_with_a_reason) {
  for (const char* text :
       {"", "-1s", "s", "1h30", "1 h", "1.5h", "10000d", "99999999999999999999s", "3000d3000d", "213503982335d"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
  EXPECT_THAT(parse_duration("5min").message, HasSubstr("unknown unit \"min\""));
  EXPECT_THAT(parse_duration("10000d").message, HasSubstr("ten years"));
}

TEST(Duration, is_written_as_it_is_read) {
  for (const char* text : {"0s", "1h30m", "15s", "500ms", "2d"}) EXPECT_EQ(to_string(*parse_duration(text).value), text);
}

TEST(Cpus, may_be_fractions_or_thousandths) {
  EXPECT_EQ(parse_cpus("2").value, 2.0);
  EXPECT_EQ(parse_cpus("0.5").value, 0.5);
  EXPECT_EQ(parse_cpus("500m").value, 0.5);
  for (const char* text : {"", "0", "-1", "1025", "2x", "0.5m"}) EXPECT_FALSE(parse_cpus(text)) << text;
}

}  // namespace
}  // namespace config
