#include "gateway/control/traffic.hpp"

#include <gtest/gtest.h>

namespace gw::control {
namespace {

using namespace std::chrono_literals;

constexpr net::Clock::time_point start{std::chrono::hours(1)};

proxy::SiteCounts counts(std::initializer_list<std::chrono::milliseconds> took) {
  proxy::SiteCounts made;
  for (const auto one : took) {
    proxy::Ended ended;
    ended.status = 200;
    ended.took = one;
    made.ended(ended);
  }
  return made;
}

TEST(Traffic, percentiles_are_read_from_the_buckets) {
  EXPECT_FALSE(percentile_ms({}, 0.5));
  // One bucket, 25 to 100 ms: taken to lie evenly.
  EXPECT_DOUBLE_EQ(62.5, *percentile_ms(counts({30ms, 40ms, 50ms, 60ms}), 0.5));
  const auto mixed = counts({1ms, 1ms, 1ms, 400ms});
  EXPECT_LE(*percentile_ms(mixed, 0.5), 5);
  EXPECT_GT(*percentile_ms(mixed, 0.99), 100);
  EXPECT_LE(*percentile_ms(mixed, 0.99), 500);
  EXPECT_DOUBLE_EQ(60'000, *percentile_ms(counts({70'000ms}), 0.5)) << "beyond the last bound";
}

TEST(Traffic, tells_each_site_whether_it_was_visited_or_not) {
  const auto pulse = std::make_shared<proxy::Pulse>(2);
  pulse->at(0).working = 2;
  pulse->at(1).streams = 1;
  const auto quiet = std::make_shared<proxy::Pulse>(2);
  quiet->at(1).ended = (start + 50s).time_since_epoch().count();
  ASSERT_TRUE(quiet->hold(5));
  std::map<std::string, SiteReading> readings;
  readings["a"].counts = counts({30ms, 30ms});
  proxy::Ended failed;
  failed.status = 503;
  failed.cause = net::Code::saturated;
  readings["a"].counts.ended(failed);
  const std::vector<std::shared_ptr<const proxy::Site>> sites{
      std::make_shared<const proxy::Site>(proxy::Site{"a", proxy::SiteState::ready, "", {}, pulse}),
      std::make_shared<const proxy::Site>(proxy::Site{"b", proxy::SiteState::waking, "", {}, quiet}),
      std::make_shared<const proxy::Site>(
          proxy::Site{"c", proxy::SiteState::ready, "", {}, std::make_shared<proxy::Pulse>(2)})};

  const auto told = traffic_of(sites, readings, start + 60s, start);

  const auto& all = told.at("sites").as_array();
  ASSERT_EQ(3U, all.size());
  const auto& a = all[0].as_object();
  EXPECT_EQ("a", a.at("id").as_string());
  EXPECT_EQ("ready", a.at("state").as_string());
  EXPECT_EQ(3, a.at("requests").to_number<int>());
  EXPECT_EQ(1, a.at("failures").to_number<int>());
  EXPECT_EQ(3, a.at("in_flight").to_number<int>());
  EXPECT_EQ(0, a.at("idle_seconds").to_number<int>()) << "it is in use";
  EXPECT_GT(a.at("p99_ms").to_number<double>(), a.at("p50_ms").to_number<double>());
  const auto& b = all[1].as_object();
  EXPECT_EQ("waking", b.at("state").as_string());
  EXPECT_EQ(1, b.at("held").to_number<int>());
  EXPECT_EQ(10, b.at("idle_seconds").to_number<int>());
  EXPECT_EQ(0, b.at("requests").to_number<int>());
  EXPECT_TRUE(b.at("p50_ms").is_null());
  EXPECT_EQ(60, all[2].at("idle_seconds").to_number<int>()) << "nobody has used it since the gateway began";
}

}  // namespace
}  // namespace gw::control
