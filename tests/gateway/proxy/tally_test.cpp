#include "gateway/proxy/tally.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace gw::proxy {
namespace {

using namespace std::chrono_literals;

Ended ended(std::uint16_t status, net::Clock::duration took = 1ms) {
  Ended made;
  made.status = status;
  made.took = took;
  made.bytes_in = 3;
  made.bytes_out = 5;
  return made;
}

/// The bucket that a duration falls into.
std::size_t bucket(net::Clock::duration took) {
  SiteCounts counts;
  counts.ended(ended(200, took));
  return static_cast<std::size_t>(std::find(counts.took.begin(), counts.took.end(), 1U) - counts.took.begin());
}

TEST(SiteCounts, count_statuses_by_class_and_bytes) {
  SiteCounts counts;
  for (const std::uint16_t status : {101, 200, 204, 304, 404, 499, 503, 0, 999}) counts.ended(ended(status));
  EXPECT_EQ((std::array<std::uint64_t, 6>{1, 1, 2, 1, 2, 2}), counts.by_class);
  EXPECT_EQ(27U, counts.bytes_in);
  EXPECT_EQ(45U, counts.bytes_out);
}

TEST(SiteCounts, a_bound_belongs_to_its_bucket) {
  EXPECT_EQ(0U, bucket(0ms));
  EXPECT_EQ(0U, bucket(5ms));
  EXPECT_EQ(1U, bucket(5ms + 1us));
  EXPECT_EQ(6U, bucket(60s));
  EXPECT_EQ(7U, bucket(60s + 1us));
  EXPECT_EQ(7U, bucket(24h));
}

TEST(SiteCounts, how_long_people_talk_is_no_duration_of_a_request) {
  SiteCounts counts;
  auto talk = ended(101, 1h);
  talk.tunnel = true;
  counts.ended(talk);
  EXPECT_EQ(0U, std::accumulate(counts.took.begin(), counts.took.end(), std::uint64_t{0}));
  EXPECT_EQ(0us, counts.took_together);
  EXPECT_EQ(1U, counts.by_class[1]);
}

TEST(SiteCounts, causes_cost_nothing_before_the_first) {
  SiteCounts counts;
  counts.ended(ended(200));
  EXPECT_TRUE(counts.causes.empty());
  auto failed = ended(502);
  failed.cause = net::Code::refused;
  counts.ended(failed);
  counts.ended(failed);
  EXPECT_EQ(2U, counts.causes.at(static_cast<std::size_t>(net::Code::refused)));
}

TEST(SiteCounts, of_several_workers_add_up) {
  SiteCounts one;
  one.ended(ended(200, 1ms));
  SiteCounts two;
  auto failed = ended(502, 1s);
  failed.cause = net::Code::refused;
  two.ended(failed);
  one.add(two);
  one.add(two);
  EXPECT_EQ((std::array<std::uint64_t, 6>{0, 0, 1, 0, 0, 2}), one.by_class);
  EXPECT_EQ(2U, one.took[4]);
  EXPECT_EQ(2'001'000us, one.took_together);
  EXPECT_EQ(2U, one.causes.at(static_cast<std::size_t>(net::Code::refused)));
  EXPECT_EQ(9U, one.bytes_in);
  EXPECT_EQ(15U, one.bytes_out);
}

TEST(Tally, has_a_part_for_each_worker_that_counted) {
  Tally tally("one/site", 3);
  tally.at(1).ended(ended(200));
  EXPECT_EQ(nullptr, tally.seen(0));
  ASSERT_NE(nullptr, tally.seen(1));
  EXPECT_EQ(1U, tally.seen(1)->by_class[2]);
  EXPECT_EQ(nullptr, tally.seen(7)) << "no such worker";
}

}  // namespace
}  // namespace gw::proxy
