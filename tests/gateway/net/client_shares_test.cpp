#include "gateway/net/client_shares.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <thread>

namespace gw::net {
namespace {

using namespace std::chrono_literals;
using Time = Clock::time_point;

constexpr Time start{1h};

struct Shares : ClientShares {
  Shares() : ClientShares(4711) {}
  ClientShares::Spot of(std::uint64_t client) const { return spot(ClientKey{client}); }
};

TEST(Rule68, a_client_has_its_share_and_no_more) {
  Shares shares;
  const auto one = shares.of(1);
  for (int i = 0; i != 3; ++i) EXPECT_TRUE(shares.take(one, 3));
  EXPECT_FALSE(shares.take(one, 3));
  EXPECT_TRUE(shares.take(shares.of(2), 3)) << "another client";
  shares.leave(one);
  EXPECT_TRUE(shares.take(one, 3));
  EXPECT_FALSE(shares.take(one, 3)) << "who was refused left nothing behind";
}

TEST(Rule68, a_client_is_never_counted_for_less_and_rarely_for_more_than_it_has) {
  Shares shares;
  constexpr std::uint64_t others = 1000;
  for (std::uint64_t i = 0; i != others; ++i)
    for (int n = 0; n != 100; ++n) ASSERT_TRUE(shares.take(shares.of(i), 100)) << i;
  for (std::uint64_t i = 0; i != others; ++i) ASSERT_FALSE(shares.take(shares.of(i), 100));
  // 100,000 others who come for the first time: by chance one in 20 million is refused.
  for (std::uint64_t i = others; i != others + 100'000; ++i) {
    ASSERT_TRUE(shares.take(shares.of(i), 100)) << i;
    shares.leave(shares.of(i));
  }
}

TEST(Rule68, spots_depend_on_the_secret_and_use_all_rows) {
  const ClientShares a(1);
  const ClientShares b(2);
  std::uint64_t differing = 0;
  for (std::uint64_t i = 0; i != 1000; ++i) {
    EXPECT_NE(a.spot(ClientKey{i}), b.spot(ClientKey{i}));
    differing |= static_cast<std::uint64_t>(a.spot(ClientKey{i})) ^ static_cast<std::uint64_t>(a.spot(ClientKey{i + 1}));
  }
  EXPECT_EQ(~std::uint64_t{0}, differing);
}

TEST(Rule68, a_burst_may_come_at_once_and_then_one_each_pause) {
  Shares shares;
  const auto one = shares.of(1);
  for (int i = 0; i != 5; ++i) EXPECT_TRUE(shares.pace(one, 100ms, 5, start)) << i;
  EXPECT_FALSE(shares.pace(one, 100ms, 5, start));
  EXPECT_TRUE(shares.pace(shares.of(2), 100ms, 5, start)) << "another client";
  EXPECT_FALSE(shares.pace(one, 100ms, 5, start + 99ms));
  EXPECT_TRUE(shares.pace(one, 100ms, 5, start + 100ms));
  EXPECT_FALSE(shares.pace(one, 100ms, 5, start + 199ms)) << "who was refused used up nothing, and who came one";
  EXPECT_TRUE(shares.pace(one, 100ms, 5, start + 200ms));
}

TEST(Rule68, who_keeps_on_trying_is_let_in_at_the_rate) {
  Shares shares;
  int in = 0;
  for (int i = 0; i != 10'000; ++i)
    if (shares.pace(shares.of(1), 100ms, 5, start + i * 1ms)) ++in;
  EXPECT_EQ(5 + 99, in) << "a burst, and then one each 100 ms of ten seconds";
}

TEST(Rule68, a_rest_earns_no_more_than_a_burst) {
  Shares shares;
  const auto one = shares.of(1);
  ASSERT_TRUE(shares.pace(one, 100ms, 3, start));
  int in = 0;
  while (shares.pace(one, 100ms, 3, start + 24h)) ++in;
  EXPECT_EQ(3, in);
}

/// `job` on two threads from the same moment, `rounds` times; `check` after each round.
void at_once(int rounds, const std::function<void()>& job, const std::function<void()>& check) {
  std::atomic<int> begun{0};
  std::atomic<int> done{0};
  std::thread other([&] {
    for (int round = 1; round <= rounds; ++round) {
      while (begun != round) std::this_thread::yield();
      job();
      done = round;
    }
  });
  for (int round = 1; round <= rounds; ++round) {
    begun = round;
    job();
    while (done != round) std::this_thread::yield();
    check();
  }
  other.join();
}

TEST(Rule68, workers_together_give_no_client_more_than_its_share) {
  Shares shares;
  const auto one = shares.of(1);
  std::atomic<std::uint32_t> in{0};
  const auto job = [&] {
    for (int i = 0; i != 4; ++i)
      if (shares.take(one, 3)) ++in;
  };
  at_once(100'000, job, [&] {
    EXPECT_LE(in, 3U);
    for (; in != 0; --in) shares.leave(one);
  });
  for (int i = 0; i != 3; ++i) EXPECT_TRUE(shares.take(one, 3)) << "nothing was left behind";
}

TEST(Rule68, workers_together_let_no_client_come_faster) {
  Shares shares;
  std::atomic<std::uint32_t> in{0};
  auto now = start;
  const auto job = [&] {
    for (int i = 0; i != 4; ++i)
      if (shares.pace(shares.of(1), 100ms, 3, now)) ++in;
  };
  at_once(100'000, job, [&] {
    EXPECT_LE(in, 3U);
    in = 0;
    now += 24h;
  });
}

}  // namespace
}  // namespace gw::net
