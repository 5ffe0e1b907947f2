#include "gateway/proxy/balancer.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>

#include "gateway/proxy/affinity.hpp"

namespace gw::proxy {
namespace {

using namespace std::chrono_literals;
using config::Balance;

struct Scene {
  explicit Scene(std::size_t endpoints, Balance balance = Balance::two_choices) {
    config::Balancing rules;
    rules.balance = balance;
    upstream.balancing = rules;
    upstream.retries = std::make_shared<RetryBudget>(2);
    for (std::size_t i = 0; i != endpoints; ++i) {
      const auto text = "e" + std::to_string(i);
      upstream.endpoints.push_back({net::TcpAddress{"127.0.0.1", static_cast<std::uint16_t>(8000 + i)}, text, 1, 0,
                                    stable_hash(text), std::make_shared<EndpointState>(2)});
    }
  }
  const Endpoint* next(Balancer::Key key = {}) {
    Lease lease;
    return balancer.next(upstream, key, now, lease);
  }
  /// A request that stays there.
  const Endpoint* hold() { return balancer.next(upstream, {}, now, held.emplace_back()); }
  const Endpoint* instead_of(const Endpoint& failed) {
    Lease lease;
    return balancer.instead_of(failed, upstream, {}, now, lease);
  }
  std::map<std::string, int> taken(int requests) {
    std::map<std::string, int> count;
    for (int i = 0; i != requests; ++i) ++count[next()->text];
    return count;
  }
  void fail(std::size_t endpoint) { balancer.met(Met::unreachable, upstream.endpoints[endpoint], upstream, now); }

  Upstream upstream;
  Balancer balancer;
  Balancer::Time now{1h};
  std::deque<Lease> held;
};

TEST(Balancer, has_nothing_for_an_upstream_without_endpoints) { EXPECT_EQ(nullptr, Scene(0).next()); }

TEST(Balancer, an_only_endpoint_is_taken_whatever_is_known_of_it) {
  Scene scene(1);
  scene.upstream.endpoints[0].state->at(0).health.probed(false, {}, scene.now);
  EXPECT_EQ(&scene.upstream.endpoints[0], scene.next());
  scene.upstream.endpoints[0].state.reset();
  EXPECT_EQ(&scene.upstream.endpoints[0], scene.next());
}

TEST(Balancer, round_robin_gives_every_endpoint_its_turn) {
  Scene scene(3, Balance::round_robin);
  EXPECT_EQ((std::map<std::string, int>{{"e0", 10}, {"e1", 10}, {"e2", 10}}), scene.taken(30));
  EXPECT_NE(scene.next(), scene.next());
}

TEST(Balancer, round_robin_is_smooth_with_weights) {
  Scene scene(2, Balance::round_robin);
  scene.upstream.endpoints[0].weight = 3;
  std::string order;
  for (int i = 0; i != 8; ++i) order += scene.next()->text.back();
  EXPECT_EQ("00100010", order);
}

TEST(Balancer, two_choices_share_by_weight_when_nobody_is_busy) {
  Scene scene(3);
  scene.upstream.endpoints[1].weight = 2;
  const auto taken = scene.taken(8000);
  EXPECT_NEAR(2000, taken.at("e0"), 200);
  EXPECT_NEAR(4000, taken.at("e1"), 250);
  EXPECT_NEAR(2000, taken.at("e2"), 200);
}

TEST(Balancer, two_choices_level_the_load) {
  Scene scene(5);
  for (int i = 0; i != 500; ++i) ASSERT_NE(nullptr, scene.hold());
  for (const auto& one : scene.upstream.endpoints) EXPECT_NEAR(100, one.state->at(0).in_flight.load(), 4) << one.text;
}

TEST(Balancer, a_stalled_endpoint_gets_little) {
  Scene scene(3);
  Lease stuck[50];
  for (Lease& one : stuck) one.begin(scene.upstream.endpoints[1], 0);
  // Of two at random it is never the less loaded one.
  EXPECT_EQ(0, scene.taken(1000)["e1"]);
}

TEST(Balancer, a_lease_counts_while_it_lasts) {
  Scene scene(2);
  for (int i = 0; i != 10; ++i) scene.hold();
  auto& endpoints = scene.upstream.endpoints;
  EXPECT_EQ(10U, endpoints[0].state->at(0).in_flight + endpoints[1].state->at(0).in_flight);
  scene.held.clear();
  EXPECT_EQ(0U, endpoints[0].state->at(0).in_flight + endpoints[1].state->at(0).in_flight);
}

TEST(Balancer, a_hash_takes_the_same_endpoint_for_the_same_key) {
  Scene scene(5, Balance::hash);
  std::map<const Endpoint*, int> used;
  for (std::uint64_t key = 0; key != 1000; ++key) {
    const auto* const chosen = scene.next(mix(key, 1));
    ++used[chosen];
    EXPECT_EQ(chosen, scene.next(mix(key, 1)));
  }
  for (const auto& [endpoint, keys] : used) EXPECT_NEAR(200, keys, 60);
}

TEST(Balancer, a_hash_moves_only_the_keys_of_the_endpoint_that_goes) {
  Scene scene(5, Balance::hash);
  std::map<std::uint64_t, const Endpoint*> before;
  for (std::uint64_t key = 0; key != 1000; ++key) before[key] = scene.next(mix(key, 1));
  scene.fail(2);
  std::map<const Endpoint*, int> heirs;
  for (const auto& [key, endpoint] : before) {
    const auto* const now = scene.next(mix(key, 1));
    if (endpoint == &scene.upstream.endpoints[2])
      ++heirs[now];
    else
      EXPECT_EQ(endpoint, now);
  }
  EXPECT_EQ(4U, heirs.size()) << "all others inherit";
}

TEST(Balancer, a_hash_heeds_weights) {
  Scene scene(2, Balance::hash);
  scene.upstream.endpoints[0].weight = 3;
  int heavy = 0;
  for (std::uint64_t key = 0; key != 4000; ++key) heavy += scene.next(mix(key, 1)) == &scene.upstream.endpoints[0] ? 1 : 0;
  EXPECT_NEAR(3000, heavy, 150);
}

TEST(Balancer, without_a_key_a_hash_is_two_choices) { EXPECT_EQ(5U, Scene(5, Balance::hash).taken(200).size()); }

TEST(Balancer, a_seat_is_kept_while_its_endpoint_is_there) {
  Scene scene(4, Balance::sticky);
  const auto& seat = scene.upstream.endpoints[2];
  for (int i = 0; i != 50; ++i) EXPECT_EQ(&seat, scene.next(seat.id));
  scene.fail(2);
  for (int i = 0; i != 50; ++i) EXPECT_NE(&seat, scene.next(seat.id));
  EXPECT_NE(nullptr, scene.next(std::uint64_t{77})) << "a seat that nobody knows";
  EXPECT_EQ(4U, Scene(4, Balance::sticky).taken(200).size());
}

TEST(Balancer, slow_start_begins_with_little) {
  Scene scene(2);
  config::Balancing rules;
  rules.health.slow_start = 100s;
  scene.upstream.balancing = rules;
  scene.fail(0);
  scene.now += 10s;
  EXPECT_LT(scene.taken(1000)["e0"], 30);
  scene.now += 50s;
  EXPECT_NEAR(333, scene.taken(1000)["e0"], 80);
}

TEST(Balancer, a_full_endpoint_is_passed_over) {
  Scene scene(2);
  for (auto& one : scene.upstream.endpoints) one.max_in_flight = 3;
  for (int i = 0; i != 6; ++i) ASSERT_NE(nullptr, scene.hold());
  for (const auto& one : scene.upstream.endpoints) EXPECT_EQ(3U, one.state->at(0).in_flight.load());
  EXPECT_EQ(nullptr, scene.next());
  scene.held.pop_back();
  EXPECT_NE(nullptr, scene.next());
}

TEST(Balancer, an_only_endpoint_can_be_full_too) {
  Scene scene(1);
  scene.upstream.endpoints[0].max_in_flight = 1;
  EXPECT_NE(nullptr, scene.hold());
  EXPECT_EQ(nullptr, scene.next());
}

TEST(Balancer, places_are_counted_over_all_workers) {
  Scene scene(2);
  for (auto& one : scene.upstream.endpoints) one.max_in_flight = 1;
  Balancer other(1);
  std::deque<Lease> held;
  EXPECT_NE(nullptr, scene.hold());
  EXPECT_NE(nullptr, other.next(scene.upstream, {}, scene.now, held.emplace_back()));
  EXPECT_EQ(nullptr, other.next(scene.upstream, {}, scene.now, held.emplace_back()));
}

TEST(Balancer, who_is_out_is_not_used_because_the_others_are_full) {
  Scene scene(2);
  for (auto& one : scene.upstream.endpoints) one.max_in_flight = 1;
  scene.fail(0);
  EXPECT_EQ(&scene.upstream.endpoints[1], scene.hold());
  EXPECT_EQ(nullptr, scene.next());
}

TEST(Balancer, room_is_what_the_endpoints_that_are_well_may_have) {
  Scene scene(3);
  EXPECT_EQ(Balancer::no_limit, scene.balancer.room(scene.upstream, scene.now));
  for (std::size_t i = 0; i != 3; ++i) scene.upstream.endpoints[i].max_in_flight = 10U << i;
  EXPECT_EQ(70U, scene.balancer.room(scene.upstream, scene.now));
  scene.fail(2);
  EXPECT_EQ(30U, scene.balancer.room(scene.upstream, scene.now));
  scene.fail(0);
  scene.fail(1);
  EXPECT_EQ(70U, scene.balancer.room(scene.upstream, scene.now)) << "all are out: all count";
}

TEST(Rule45, an_endpoint_that_could_not_be_reached_is_passed_over_for_a_while) {
  for (const auto balance : {Balance::two_choices, Balance::round_robin, Balance::hash}) {
    Scene scene(3, balance);
    const Endpoint& dead = scene.upstream.endpoints[0];
    EXPECT_NE(&dead, scene.instead_of(dead));
    EXPECT_EQ(0, scene.taken(60)["e0"]);
    scene.now += 10s;
    EXPECT_NE(0, scene.taken(60)["e0"]);
  }
}

TEST(Rule45, when_all_endpoints_have_failed_each_is_tried) {
  for (const auto balance : {Balance::two_choices, Balance::round_robin, Balance::hash, Balance::sticky}) {
    Scene scene(3, balance);
    for (const auto& endpoint : scene.upstream.endpoints) scene.instead_of(endpoint);
    EXPECT_EQ(3U, scene.taken(60).size());
  }
}

TEST(Rule45, the_second_try_goes_to_another_endpoint_even_when_all_are_out) {
  Scene scene(2);
  const Endpoint& failed = scene.upstream.endpoints[0];
  scene.fail(1);
  for (unsigned i = 0; i != RetryBudget::retries_at_once; ++i)
    EXPECT_EQ(&scene.upstream.endpoints[1], scene.instead_of(failed));
}

TEST(Rule45, second_tries_have_a_budget_of_a_fifth_of_the_requests) {
  Scene scene(2);
  const Endpoint& dead = scene.upstream.endpoints[0];
  for (unsigned i = 0; i != RetryBudget::retries_at_once; ++i) EXPECT_NE(nullptr, scene.instead_of(dead)) << i;
  EXPECT_EQ(nullptr, scene.instead_of(dead));
  int granted = 0;
  for (int i = 0; i != 100; ++i) {
    scene.next();
    granted += scene.instead_of(dead) != nullptr ? 1 : 0;
  }
  EXPECT_EQ(20, granted);
  EXPECT_EQ(81U, scene.balancer.unaffordable());
}

TEST(Rule45, what_one_upstream_spends_is_not_missing_in_another) {
  Scene broken(2);
  Scene other(2);
  const auto instead_of = [&](Scene& scene) {
    Lease lease;
    return broken.balancer.instead_of(scene.upstream.endpoints[0], scene.upstream, {}, scene.now, lease);
  };
  for (unsigned i = 0; i != RetryBudget::retries_at_once; ++i) EXPECT_NE(nullptr, instead_of(broken));
  EXPECT_EQ(nullptr, instead_of(broken));
  EXPECT_NE(nullptr, instead_of(other)) << "the same worker, another upstream";
}

TEST(Rule45, a_rest_saves_up_no_more_than_ten_second_tries) {
  Scene scene(2);
  scene.taken(1'000);
  for (unsigned i = 0; i != RetryBudget::retries_at_once; ++i)
    EXPECT_NE(nullptr, scene.instead_of(scene.upstream.endpoints[0])) << i;
  EXPECT_EQ(nullptr, scene.instead_of(scene.upstream.endpoints[0]));
}

TEST(Rule45, an_only_endpoint_has_no_other) {
  Scene scene(1);
  EXPECT_EQ(nullptr, scene.instead_of(scene.upstream.endpoints[0]));
  EXPECT_EQ(&scene.upstream.endpoints[0], scene.next());
}

// Whatever happens to the endpoints: a request gets one unless all places of all that are well are taken, never one that is
// out while another is well, and never more than its places.
TEST(Balancer, holds_what_it_promises_in_any_order_of_events) {
  std::mt19937 random(45);
  for (int run = 0; run != 200; ++run) {
    Scene scene(1 + random() % 6, static_cast<Balance>(random() % 4));
    for (auto& one : scene.upstream.endpoints) {
      one.weight = 1 + static_cast<unsigned>(random() % 5);
      one.max_in_flight = static_cast<unsigned>(random() % 5);
    }
    for (int step = 0; step != 200; ++step) {
      scene.now += std::chrono::milliseconds(random() % 2'000);
      const auto& endpoint = scene.upstream.endpoints[random() % scene.upstream.endpoints.size()];
      if (random() % 4 == 0) scene.balancer.met(static_cast<Met>(random() % 3), endpoint, scene.upstream, scene.now);
      if (random() % 8 == 0) endpoint.state->at(0).health.probed(random() % 2 == 0, {}, scene.now);
      if (random() % 3 == 0 && !scene.held.empty()) scene.held.pop_front();
      bool some_well = false;
      bool room = false;
      const auto is_well = [&](const Endpoint& one) {
        return one.state->at(0).health.share(scene.upstream.balancing->health, scene.now) != 0;
      };
      for (const auto& one : scene.upstream.endpoints) some_well = some_well || is_well(one);
      for (const auto& one : scene.upstream.endpoints) {
        const bool counts = scene.upstream.endpoints.size() == 1 || !some_well || is_well(one);
        room = room || (counts && (one.max_in_flight == 0 || one.state->at(0).in_flight < one.max_in_flight));
      }
      const auto* const chosen = scene.balancer.next(scene.upstream, mix(random(), 1), scene.now, scene.held.emplace_back());
      ASSERT_EQ(room, chosen != nullptr);
      if (chosen == nullptr) continue;
      EXPECT_TRUE(scene.upstream.endpoints.size() == 1 || !some_well || is_well(*chosen));
      EXPECT_TRUE(chosen->max_in_flight == 0 || chosen->state->at(0).in_flight <= chosen->max_in_flight);
    }
  }
}

}  // namespace
}  // namespace gw::proxy
