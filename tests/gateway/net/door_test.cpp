#include "gateway/net/door.hpp"

#include <gtest/gtest.h>

#include <ctime>

#include "gateway/net/connect.hpp"
#include "gateway/net/listener.hpp"
#include "tests/gateway/net/loop.hpp"

namespace gw::net {
namespace {

using test::Loop;

ConnectionLimits::Settings at_most(std::uint32_t connections) { return {connections, 0, 0, 1}; }

struct Waits final : Door::Waiting {
  void may_accept() noexcept override { ++told; }
  int told = 0;
};

/// So many places.
std::vector<Place> enter(Door& door, std::size_t count) {
  std::vector<Place> places;
  for (std::size_t i = 0; i != count; ++i) {
    places.push_back(door.enter());
    EXPECT_TRUE(places.back()) << i;
  }
  return places;
}

TEST(Rule68, there_are_so_many_places_and_who_waits_is_told_when_enough_are_free) {
  Loop loop;
  ConnectionLimits limits;
  limits.use(at_most(32));
  Door door(loop.worker, limits);
  auto places = enter(door, 32);
  EXPECT_FALSE(door.enter());
  Waits waits;
  door.wait(waits);
  places.pop_back();
  loop.settle();
  EXPECT_EQ(0, waits.told) << "not for each that goes";
  EXPECT_FALSE(door.enter());
  places.pop_back();
  loop.settle();
  EXPECT_EQ(1, waits.told);
  EXPECT_EQ(30U, limits.connections());
  places.push_back(door.enter());
  EXPECT_TRUE(places.back());
  EXPECT_EQ(1U, limits.counts().full);
}

TEST(Rule68, a_single_place_is_passed_on) {
  Loop loop;
  ConnectionLimits limits;
  limits.use(at_most(1));
  Door door(loop.worker, limits);
  auto places = enter(door, 1);
  EXPECT_FALSE(door.enter());
  Waits waits;
  door.wait(waits);
  loop.settle();
  EXPECT_EQ(0, waits.told) << "it is taken";
  places.clear();
  EXPECT_TRUE(door.enter());
}

TEST(Rule68, without_a_limit_there_is_always_a_place) {
  Loop loop;
  ConnectionLimits limits;
  Door door(loop.worker, limits);
  const auto places = enter(door, 1000);
  EXPECT_EQ(1000U, limits.connections());
}

TEST(Rule68, while_it_is_full_nobody_comes_in_at_another_door) {
  Loop here;
  Loop there;
  ConnectionLimits limits;
  limits.use(at_most(32));
  Door mine(here.worker, limits);
  Door other(there.worker, limits);
  auto places = enter(mine, 32);
  EXPECT_FALSE(mine.enter());
  Waits waits;
  other.wait(waits);
  places.pop_back();
  EXPECT_FALSE(other.enter()) << "or those who wait at the first door would wait for ever";
  places.pop_back();
  there.settle();
  EXPECT_EQ(1, waits.told) << "the place came free at the other door";
  EXPECT_TRUE(other.enter());
}

TEST(Rule68, places_that_came_free_before_somebody_waits_are_not_missed) {
  Loop loop;
  ConnectionLimits limits;
  limits.use(at_most(1));
  Door door(loop.worker, limits);
  auto places = enter(door, 1);
  EXPECT_FALSE(door.enter());
  places.clear();
  Waits waits;
  door.wait(waits);
  loop.settle();
  EXPECT_EQ(1, waits.told);
}

TEST(Rule68, a_larger_limit_lets_in_who_waits) {
  Loop loop;
  ConnectionLimits limits;
  limits.use(at_most(1));
  Door door(loop.worker, limits);
  const auto places = enter(door, 1);
  EXPECT_FALSE(door.enter());
  Waits waits;
  door.wait(waits);
  limits.use(at_most(2));
  loop.settle();
  EXPECT_EQ(1, waits.told);
  EXPECT_TRUE(door.enter());
}

TEST(Rule68, who_does_not_wait_any_more_is_not_told) {
  Loop loop;
  ConnectionLimits limits;
  limits.use(at_most(1));
  Door door(loop.worker, limits);
  auto places = enter(door, 1);
  EXPECT_FALSE(door.enter());
  Waits waits;
  door.wait(waits);
  door.forget(waits);
  places.clear();
  loop.settle();
  EXPECT_EQ(0, waits.told);
}

TEST(Rule68, a_place_is_claimed_for_a_client_and_given_back_with_it) {
  Loop loop;
  ConnectionLimits limits;
  limits.use({0, 2, 0, 1});
  Door door(loop.worker, limits);
  auto places = enter(door, 5);
  const auto one = client_key("192.0.2.7");
  EXPECT_TRUE(places[0].claim(one));
  EXPECT_TRUE(places[1].claim(one));
  EXPECT_FALSE(places[2].claim(one));
  EXPECT_TRUE(places[3].claim(client_key("192.0.2.8")));
  EXPECT_EQ(1U, limits.counts().too_many);
  EXPECT_EQ(one, limits.counts().last_refused);
  const auto moved = std::move(places[0]);
  EXPECT_FALSE(places[4].claim(one)) << "a place that was moved is still one";
  places.erase(places.begin() + 1);
  EXPECT_TRUE(places.back().claim(one));
  places.clear();
  EXPECT_EQ(1U, limits.connections());
}

TEST(Rule68, a_client_that_comes_too_fast_is_refused_and_holds_nothing) {
  Loop loop;
  ConnectionLimits limits;
  limits.use({0, 4, 1, 3});
  Door door(loop.worker, limits);
  const auto one = client_key("192.0.2.7");
  for (int i = 0; i != 10; ++i) EXPECT_EQ(i < 3, door.enter().claim(one)) << i;
  EXPECT_EQ(7U, limits.counts().too_fast);
  EXPECT_EQ(0U, limits.counts().too_many);
}

TEST(Rule68, nobody_has_no_share) {
  Loop loop;
  ConnectionLimits limits;
  limits.use({0, 1, 1, 1});
  Door door(loop.worker, limits);
  auto places = enter(door, 3);
  for (auto& place : places) EXPECT_TRUE(place.claim(ClientKey::nobody));
  EXPECT_TRUE(Place().claim(client_key("192.0.2.7"))) << "there is no door";
}

TEST(Rule68, connections_of_before_a_limit_are_free) {
  Loop loop;
  ConnectionLimits limits;
  Door door(loop.worker, limits);
  const auto one = client_key("192.0.2.7");
  auto early = enter(door, 1);
  EXPECT_FALSE(door.counts_clients());
  EXPECT_TRUE(early[0].claim(one));
  limits.use({0, 1, 0, 1});
  EXPECT_TRUE(door.counts_clients());
  auto late = enter(door, 1);
  EXPECT_TRUE(late[0].claim(one));
  early.clear();
  EXPECT_FALSE(door.enter().claim(one));
}

TEST(Rule68, a_listener_leaves_in_the_kernels_queue_whom_it_has_no_place_for) {
  Loop loop;
  ConnectionLimits limits;
  limits.use(at_most(2));
  Door door(loop.worker, limits);
  const auto listening = listen_tcp("127.0.0.1", 0, false);
  const auto port = local_address(listening.descriptor).port;
  std::vector<std::pair<std::unique_ptr<Stream>, Place>> inner;
  Listener listener(loop.worker, listening.descriptor, door,
                    [&](std::unique_ptr<Stream> stream, const PeerAddress&, Place place) {
                      inner.emplace_back(std::move(stream), std::move(place));
                    });
  std::vector<std::unique_ptr<Stream>> outer;
  for (int i = 0; i != 4; ++i) {
    auto one = loop.run(connect(loop.worker, TcpAddress{"127.0.0.1", port}, Duration(3'000)));
    ASSERT_TRUE(one) << "the kernel accepts";
    outer.push_back(std::move(*one));
  }
  const auto later = Clock::now() + Duration(250);
  const auto before = std::clock();
  loop.until([&] { return Clock::now() >= later; });
  EXPECT_EQ(2U, inner.size());
  EXPECT_LT(std::clock() - before, CLOCKS_PER_SEC / 10) << "it spins";
  inner.erase(inner.begin());
  EXPECT_TRUE(loop.until([&] { return inner.size() == 2; }));
  loop.settle();
  EXPECT_EQ(2U, inner.size());
  inner.clear();
  EXPECT_TRUE(loop.until([&] { return inner.size() == 1; }));
}

TEST(Rule68, a_listener_may_be_destroyed_while_it_waits_for_a_place) {
  Loop loop;
  ConnectionLimits limits;
  limits.use(at_most(1));
  Door door(loop.worker, limits);
  auto places = enter(door, 1);
  const auto listening = listen_tcp("127.0.0.1", 0, false);
  const auto port = local_address(listening.descriptor).port;
  auto listener = std::make_unique<Listener>(loop.worker, listening.descriptor, door,
                                             [](auto, const PeerAddress&, const Place&) { FAIL(); });
  const auto outer = loop.run(connect(loop.worker, TcpAddress{"127.0.0.1", port}, Duration(3'000)));
  ASSERT_TRUE(outer);
  ASSERT_TRUE(loop.until([&] { return limits.counts().full == 1; }));
  listener.reset();
  places.clear();
  loop.settle();
}

}  // namespace
}  // namespace gw::net
