#include "runtime/supervise/gateway_events.hpp"

#include <gtest/gtest.h>

namespace runtime::supervise {
namespace {

TEST(GatewayEvent, is_read_from_a_line) {
  const auto event = to_gateway_event(R"({"event": "idle", "site": "ann/demo", "idle_seconds": 90})");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->name, "idle");
  EXPECT_EQ(event->site, "ann/demo");
  EXPECT_EQ(event->idle_seconds, 90);
}

TEST(GatewayEvent, may_be_of_no_site) {
  const auto event = to_gateway_event(R"({"event": "alive"})");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->site, "");
}

TEST(GatewayEvent, is_not_in_a_line_that_says_something_else) {
  for (const char* line : {"", "{", "[]", "{}", R"({"event": 3})", "\"event\""}) EXPECT_FALSE(to_gateway_event(line)) << line;
}

}  // namespace
}  // namespace runtime::supervise
