#include "gateway/proxy/balancer.hpp"

#include <gtest/gtest.h>

#include <map>

namespace gw::proxy {
namespace {

Upstream of(int endpoints) {
  Upstream upstream;
  for (int i = 0; i != endpoints; ++i)
    upstream.endpoints.push_back({net::TcpAddress{"127.0.0.1", static_cast<std::uint16_t>(8000 + i)}, "e" + std::to_string(i)});
  return upstream;
}

TEST(Balancer, has_nothing_for_an_upstream_without_endpoints) {
  Balancer balancer;
  EXPECT_EQ(nullptr, balancer.next(of(0)));
}

TEST(Balancer, gives_every_endpoint_its_turn) {
  Balancer balancer;
  const auto upstream = of(3);
  std::map<std::string, int> taken;
  for (int i = 0; i != 30; ++i) ++taken[balancer.next(upstream)->text];
  EXPECT_EQ((std::map<std::string, int>{{"e0", 10}, {"e1", 10}, {"e2", 10}}), taken);
}

TEST(Balancer, a_second_call_gives_another_endpoint) {
  Balancer balancer;
  const auto one = of(1);
  const auto two = of(2);
  for (int i = 0; i != 5; ++i) {
    balancer.next(one);
    EXPECT_NE(balancer.next(two), balancer.next(two));
  }
}

TEST(Rule45, an_endpoint_that_could_not_be_reached_is_passed_over_for_a_while) {
  Balancer balancer;
  const auto upstream = of(3);
  const Endpoint& dead = upstream.endpoints[0];
  EXPECT_NE(&dead, balancer.instead_of(dead, upstream));
  for (int i = 0; i != 30; ++i) EXPECT_NE(&dead, balancer.next(upstream));
}

TEST(Rule45, when_all_endpoints_have_failed_each_is_tried) {
  Balancer balancer;
  const auto upstream = of(2);
  for (const auto& endpoint : upstream.endpoints) balancer.instead_of(endpoint, upstream);
  std::map<std::string, int> taken;
  for (int i = 0; i != 30; ++i) ++taken[balancer.next(upstream)->text];
  EXPECT_EQ(2U, taken.size());
}

TEST(Rule45, second_tries_have_a_budget_of_a_fifth_of_the_requests) {
  Balancer balancer;
  const auto upstream = of(2);
  const Endpoint& dead = upstream.endpoints[0];
  for (unsigned i = 0; i != Balancer::retries_at_once; ++i) EXPECT_NE(nullptr, balancer.instead_of(dead, upstream)) << i;
  EXPECT_EQ(nullptr, balancer.instead_of(dead, upstream));
  int granted = 0;
  for (int i = 0; i != 100; ++i) {
    balancer.next(upstream);
    granted += balancer.instead_of(dead, upstream) != nullptr ? 1 : 0;
  }
  EXPECT_EQ(20, granted);
}

TEST(Rule45, an_only_endpoint_has_no_other) {
  Balancer balancer;
  const auto upstream = of(1);
  EXPECT_EQ(nullptr, balancer.instead_of(upstream.endpoints[0], upstream));
  EXPECT_EQ(&upstream.endpoints[0], balancer.next(upstream));
}

}  // namespace
}  // namespace gw::proxy
