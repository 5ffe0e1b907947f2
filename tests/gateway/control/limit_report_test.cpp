#include "gateway/control/limit_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gw::control {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using Counts = net::ConnectionLimits::Counts;

constexpr net::Clock::time_point start{1h};

TEST(Rule68, by_default_each_connection_leaves_a_descriptor_for_the_app) {
  const config::ConnectionLimits none;
  EXPECT_EQ(480U, connection_limits(none, 1024).connections);
  EXPECT_EQ(16U, connection_limits(none, 20).connections);
  EXPECT_EQ(0U, connection_limits({0, 0, 0, 0}, 1024).connections) << "no limit was asked for";
  const auto all = connection_limits({2000, 30, 4, 0}, 1024);
  EXPECT_EQ(2000U, all.connections);
  EXPECT_EQ(30U, all.per_client);
  EXPECT_EQ(4U, all.new_per_second);
  EXPECT_EQ(20U, all.burst);
}

TEST(Rule68, a_warning_says_what_happened_and_not_more_often_than_every_ten_seconds) {
  LimitWarnings warnings;
  const net::ConnectionLimits::Settings settings{1000, 100, 20, 40};
  EXPECT_THAT(warnings.look({}, settings, start), IsEmpty());
  Counts counts;
  counts.too_many = 3;
  counts.last_refused = net::client_key("192.0.2.7");
  EXPECT_THAT(warnings.look(counts, settings, start),
              ElementsAre("refused 3 connections: a client had its 100 (the last from 192.0.2.7)"));
  EXPECT_THAT(warnings.look(counts, settings, start + 60s), IsEmpty()) << "nothing new";
  counts.too_many = 5;
  EXPECT_THAT(warnings.look(counts, settings, start + 61s),
              ElementsAre("refused 2 connections: a client had its 100 (the last from 192.0.2.7)"));
  counts.too_many = 9;
  EXPECT_THAT(warnings.look(counts, settings, start + 62s), IsEmpty());
  counts.too_many = 10;
  EXPECT_THAT(warnings.look(counts, settings, start + 71s),
              ElementsAre("refused 5 connections: a client had its 100 (the last from 192.0.2.7)"));
}

TEST(Rule68, each_kind_of_refusal_has_its_line) {
  LimitWarnings warnings;
  EXPECT_THAT(warnings.look({0, 2, 1, 4, net::client_key("2001:db8::1")}, {1000, 100, 20, 40}, start),
              ElementsAre("refused 2 connections: a client opened more than 20 a second (the last from 2001:db8::/64)",
                          "stopped accepting once: all 1000 connections are in use (limits: connections)",
                          "stopped accepting 4 times: no descriptors are left (ulimit -n)"));
}

TEST(Rule68, explain_says_what_is_limited) {
  EXPECT_EQ("", explain_limits({}));
  EXPECT_EQ("", explain_limits({0, 0, 0, 0}));
  EXPECT_EQ(
      "clients  1000 connections together, at most 100 from one address, 20 new ones a second from one address, 100 at once\n",
      explain_limits({1000, 100, 20, 0}));
  EXPECT_EQ("clients  at most 5 from one address\n", explain_limits({{}, 5, 0, 0}));
}

}  // namespace
}  // namespace gw::control
