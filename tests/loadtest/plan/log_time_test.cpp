#include "loadtest/plan/log_time.hpp"

#include <gtest/gtest.h>

namespace loadtest::plan {
namespace {

TEST(LogTime, ReadsUtc) {
  EXPECT_EQ(parse_utc("1970-01-01T00:00:01Z"), 1'000'000'000);
  EXPECT_EQ(parse_utc("2026-01-31T12:00:00.250Z"), 1'769'860'800'250'000'000);
  EXPECT_EQ(parse_utc("1970-01-02T00:00:00.000000001Z"), 86'400'000'000'001);
  for (const auto* text :
       {"", "2026-01-31T12:00:00", "2026-02-30T12:00:00Z", "2026-01-31 12:00:00Z", "2026-01-31T24:00:00Z",
        "2026-01-31T12:00:00.Z", "2026-01-31T12:00:00.0000000001Z", "20x6-01-31T12:00:00Z", "9999-01-31T12:00:00Z"}) {
    EXPECT_FALSE(parse_utc(text)) << text;
  }
}

TEST(LogTime, ReadsTheCommonLogFormat) {
  EXPECT_EQ(parse_clf_time("31/Jan/2026:13:00:00 +0100"), 1'769'860'800'000'000'000);
  EXPECT_EQ(parse_clf_time("31/Jan/2026:07:30:00 -0430"), 1'769'860'800'000'000'000);
  for (const auto* text : {"", "31/Jan/2026:13:00:00", "31/Foo/2026:13:00:00 +0100", "31/Jan/2026:13:00:00 *0100",
                           "31/Jan/2026:13:00:00 +2400", "31/Jan/2026:13:00:00 +0060", "01/Jan/1970:00:00:00 +0100"}) {
    EXPECT_FALSE(parse_clf_time(text)) << text;
  }
}

}  // namespace
}  // namespace loadtest::plan
