#include "loadtest/drive/server_timing.hpp"

#include <gtest/gtest.h>

#include "loadtest/drive/occupancy.hpp"

namespace loadtest::drive {
namespace {

TEST(ServerTiming, AddsUpPartsByName) {
  ServerTiming timing;
  timing.take("app;dur=12.5, gateway-queue;dur=0.1");
  timing.take("cache;desc=\"a, b; dur=9\";dur=2,app;dur=7.5");
  ASSERT_EQ(timing.parts().size(), 3U);
  EXPECT_EQ(timing.parts()[0].name, "app");
  EXPECT_EQ(timing.parts()[0].count, 2U);
  EXPECT_EQ(timing.parts()[0].sum, 20'000'000U);
  EXPECT_EQ(timing.parts()[1].sum, 100'000U);
  EXPECT_EQ(timing.parts()[2].name, "cache");
  EXPECT_EQ(timing.parts()[2].sum, 2'000'000U);
}

TEST(ServerTiming, PassesOverWhatHasNoDuration) {
  ServerTiming timing;
  for (const auto* value : {"", ",", ";", "miss", "a;desc=x", "a;dur=", "a;dur=x", "a;dur=-1", "a;dur=nan", "a;dur=1e99",
                            ";dur=1", "a;desc=\"never ends, b;dur=1"}) {
    timing.take(value);
    EXPECT_TRUE(timing.parts().empty()) << value;
  }
}

TEST(ServerTiming, AHostileServerDoesNotFillMemory) {
  ServerTiming timing;
  for (int i = 0; i != 1000; ++i) timing.take("n" + std::to_string(i) + ";dur=1");
  EXPECT_EQ(timing.parts().size(), 32U);
  timing.take(std::string(65, 'x') + ";dur=1");
  timing.take("n3;dur=1");
  EXPECT_EQ(timing.parts()[3].count, 2U);
}

TEST(Occupancy, IsTheIntegralOfHowManyAreAtIt) {
  constexpr measure::Nanoseconds second = 1'000'000'000;
  Occupancy occupancy;
  occupancy.up(1 * second, 2 * second);  // heard of a second late
  occupancy.up(3 * second, 3 * second);
  occupancy.down(4 * second, 5 * second);  // likewise
  occupancy.down(6 * second, 6 * second);
  // One from 1 to 4, one from 3 to 6.
  EXPECT_DOUBLE_EQ(occupancy.area(), 6);
}

}  // namespace
}  // namespace loadtest::drive
