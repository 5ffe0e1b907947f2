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

}  // namespace
}  // namespace gw::proxy
