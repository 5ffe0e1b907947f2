#include "loadtest/command/doom.hpp"

#include <gtest/gtest.h>

#include "loadtest/measure/recorder.hpp"

namespace loadtest::command {
namespace {

using measure::Ending;
using measure::Recorder;
using measure::Sample;

void record(Recorder& recorder, int count, std::int64_t milliseconds, Ending ending = Ending::answered,
            std::uint16_t status = 200) {
  for (int i = 0; i != count; ++i) {
    Sample sample;
    sample.due = sample.noticed = sample.sending = sample.sent = 0;
    sample.first_byte = ending == Ending::answered ? milliseconds * 1'000'000 : measure::never;
    sample.end = milliseconds * 1'000'000;
    sample.ending = ending;
    sample.status = ending == Ending::answered ? status : 0;
    recorder.record(sample);
  }
}

std::string lost(const Recorder& recorder, std::string_view slo, double requests) {
  return doomed({*plan::parse_slo(slo).value}, recorder.series(), {requests});
}

TEST(Doom, APercentileIsLostWhenMoreAreBeyondItThanMayBe) {
  Recorder recorder;
  record(recorder, 100, 10);
  record(recorder, 11, 500);
  // Of a thousand ten may be slower.
  EXPECT_EQ(lost(recorder, "p99<250ms", 10'000), "");
  EXPECT_EQ(lost(recorder, "p99<250ms", 1'000), "");
  record(recorder, 1, 500);
  EXPECT_EQ(lost(recorder, "p99<250ms", 1'000), "p99<250ms");
  EXPECT_EQ(lost(recorder, "p99<600ms", 1'000), "");
}

TEST(Doom, WhatWasGivenUpBeyondTheLimitCounts) {
  Recorder recorder;
  record(recorder, 12, 500, Ending::timed_out);
  EXPECT_EQ(lost(recorder, "p99<250ms", 1'000), "p99<250ms");
  EXPECT_EQ(lost(recorder, "p99<600ms", 1'000), "");
}

TEST(Doom, AMaximumIsLostAtOnce) {
  Recorder recorder;
  record(recorder, 100, 10);
  EXPECT_EQ(lost(recorder, "max<250ms", 1e9), "");
  record(recorder, 1, 300);
  EXPECT_EQ(lost(recorder, "max<250ms", 1e9), "max<250ms");
}

TEST(Doom, ErrorsAreCountedAgainstAllThatWillBe) {
  Recorder recorder;
  record(recorder, 5, 10, Ending::answered, 503);
  record(recorder, 5, 10, Ending::reset);
  record(recorder, 5, 10, Ending::answered, 404);
  EXPECT_EQ(lost(recorder, "errors<=1%", 1'000), "");
  EXPECT_EQ(lost(recorder, "errors<1%", 999), "errors<1%");
}

TEST(Doom, WhatMayYetBecomeBetterIsNotLost) {
  Recorder recorder;
  record(recorder, 100, 10'000);
  for (const auto* slo : {"mean<1ms", "rate>=99%", "requests>=10k"}) EXPECT_EQ(lost(recorder, slo, 1e6), "") << slo;
}

}  // namespace
}  // namespace loadtest::command
