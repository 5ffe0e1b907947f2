#include "gateway/proxy/router.hpp"

#include <gtest/gtest.h>

#include "gateway/proxy/cidr.hpp"
#include "tests/gateway/proxy/build.hpp"

namespace gw::proxy {
namespace {

using test::route;
using test::router;

std::string matched(const Router& routes, std::string_view host, std::string_view path) {
  const Route* const found = routes.match(host, path);
  return found ? found->host + "|" + found->path : "none";
}

TEST(Router, longest_prefix_wins) {
  const Router r = router({route("a.test", "/"), route("a.test", "/api"), route("a.test", "/api/v1")});
  EXPECT_EQ(matched(r, "a.test", "/"), "a.test|/");
  EXPECT_EQ(matched(r, "a.test", "/api"), "a.test|/api");
  EXPECT_EQ(matched(r, "a.test", "/api/v1/x"), "a.test|/api/v1");
  EXPECT_EQ(matched(r, "a.test", "/api/v2"), "a.test|/api");
  EXPECT_EQ(matched(r, "a.test", "/api/"), "a.test|/api");
}

TEST(Router, prefixes_are_whole_segments) {
  const Router r = router({route("a.test", "/api")});
  EXPECT_EQ(matched(r, "a.test", "/apix"), "none");
  EXPECT_EQ(matched(r, "a.test", "/ap"), "none");
  EXPECT_EQ(matched(r, "a.test", "/"), "none");
  EXPECT_EQ(matched(r, "a.test", "*"), "none");
  EXPECT_EQ(matched(r, "a.test", ""), "none");
}

TEST(Router, exact_host_before_longest_wildcard_before_any) {
  const Router r = router({route("", "/"), route("*.test", "/"), route("*.b.test", "/"), route("a.b.test", "/")});
  EXPECT_EQ(matched(r, "a.b.test", "/"), "a.b.test|/");
  EXPECT_EQ(matched(r, "x.b.test", "/"), "*.b.test|/");
  EXPECT_EQ(matched(r, "y.x.b.test", "/"), "*.b.test|/");
  EXPECT_EQ(matched(r, "b.test", "/"), "*.test|/");
  EXPECT_EQ(matched(r, "test", "/"), "|/");
  EXPECT_EQ(matched(r, "", "/"), "|/");
}

TEST(Router, a_known_host_never_falls_back_to_another_group) {
  const Router r = router({route("", "/"), route("*.test", "/"), route("a.test", "/api")});
  EXPECT_EQ(matched(r, "a.test", "/other"), "none");
}

TEST(Router, an_unknown_host_is_unknown) {
  const Router r = router({route("a.test", "/")});
  EXPECT_FALSE(r.known_host("b.test"));
  EXPECT_TRUE(r.known_host("a.test"));
}

TEST(Router, a_change_shares_what_did_not_change) {
  const Router before = router({route("a.test", "/"), route("b.test", "/")});
  const Router after = before.with("a.test", nullptr);
  EXPECT_TRUE(before.known_host("a.test"));
  EXPECT_FALSE(after.known_host("a.test"));
  EXPECT_EQ(before.match("b.test", "/"), after.match("b.test", "/"));
  EXPECT_EQ(after.host_count(), 1u);
}

TEST(Router, ten_thousand_hosts_with_three_routes_each) {
  Router r;
  for (int i = 0; i != 10'000; ++i) {
    const std::string host = "space-" + std::to_string(i) + ".example.com";
    r.set(host, std::make_shared<const HostRoutes>(
                    std::vector<Route>{route(host, "/"), route(host, "/api"), route(host, "/api/deep")}));
  }
  EXPECT_EQ(r.host_count(), 10'000u);
  for (int i = 0; i != 10'000; ++i) {
    const std::string host = "space-" + std::to_string(i) + ".example.com";
    ASSERT_EQ(matched(r, host, "/x"), host + "|/");
    ASSERT_EQ(matched(r, host, "/api/x"), host + "|/api");
    ASSERT_EQ(matched(r, host, "/api/deep/er"), host + "|/api/deep");
  }
  for (int i = 0; i != 10'000; i += 2) r.set("space-" + std::to_string(i) + ".example.com", nullptr);
  EXPECT_EQ(r.host_count(), 5'000u);
  EXPECT_FALSE(r.known_host("space-0.example.com"));
  EXPECT_TRUE(r.known_host("space-1.example.com"));
}

TEST(CidrSet, contains_what_its_bits_say) {
  CidrSet set;
  ASSERT_TRUE(set.add("10.1.0.0/15"));
  ASSERT_TRUE(set.add("2001:db8::/33"));
  ASSERT_TRUE(set.add("192.0.2.1"));
  EXPECT_TRUE(set.contains(*parse_ip("10.0.255.255")) && set.contains(*parse_ip("::ffff:10.1.2.3")));
  EXPECT_FALSE(set.contains(*parse_ip("10.2.0.0")));
  EXPECT_TRUE(set.contains(*parse_ip("2001:db8:7fff::1")));
  EXPECT_FALSE(set.contains(*parse_ip("2001:db8:8000::1")));
  EXPECT_TRUE(set.contains(*parse_ip("192.0.2.1")));
  EXPECT_FALSE(set.contains(*parse_ip("192.0.2.2")));
}

TEST(CidrSet, refuses_what_is_no_range) {
  CidrSet set;
  for (const char* bad : {"", "x", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "::/129", "10.0.0/8", "10.0.0.0/8x"})
    EXPECT_FALSE(set.add(bad)) << bad;
  EXPECT_FALSE(set.add(std::string_view("10.0.0.1\0.2", 11))) << "what stands behind a zero counts";
  EXPECT_TRUE(set.empty());
}

}  // namespace
}  // namespace gw::proxy
