#include "gateway/http/host.hpp"

#include <gtest/gtest.h>

namespace gw::http {
namespace {

std::string normal(std::string_view raw) {
  std::string out;
  return normalise_authority(raw, out) ? out : "refused";
}

TEST(Rule20, authority_is_compared_in_lower_case_without_trailing_dot) {
  EXPECT_EQ(normal("Demo.Example.COM"), "demo.example.com");
  EXPECT_EQ(normal("demo.example.com."), "demo.example.com");
  EXPECT_EQ(normal("demo.example.com.:8080"), "demo.example.com:8080");
  EXPECT_EQ(normal("a_b-c.test"), "a_b-c.test");
  EXPECT_EQ(normal("127.0.0.1:80"), "127.0.0.1:80");
}

TEST(Rule20, bad_characters_in_an_authority_are_refused) {
  for (const char* raw : {"a,b", "a b", "user@a.test", "user:pw@a.test", "a%41.test", "a/b", "a\\b", "a?b", "a#b", "a\tb",
                          "a;b", "a!b", "\xC3\xA4.test", "", ":80", "a..b", ".a", "a...", "."})
    EXPECT_EQ(normal(raw), "refused") << raw;
  EXPECT_EQ(normal(std::string_view{"a\0b", 3}), "refused");
  EXPECT_EQ(normal(std::string(254, 'a')), "refused");
  EXPECT_EQ(normal(std::string(253, 'a')), std::string(253, 'a'));
}

TEST(Rule20, port_is_a_number_up_to_65535) {
  EXPECT_EQ(normal("a:65535"), "a:65535");
  EXPECT_EQ(normal("a:080"), "a:80");
  EXPECT_EQ(normal("a:"), "a");
  for (const char* raw : {"a:65536", "a:0", "a:-1", "a:+80", "a:8o", "a:80:80", "a:000080", "a:99999999999"})
    EXPECT_EQ(normal(raw), "refused") << raw;
}

TEST(Rule20, ipv6_literals_stand_in_brackets) {
  EXPECT_EQ(normal("[::1]"), "[::1]");
  EXPECT_EQ(normal("[2001:DB8::1]:8080"), "[2001:db8::1]:8080");
  for (const char* raw : {"::1", "[::1", "[]", "[g::1]", "[::1]x", "[::1%25eth0]", "[1.2.3.4]", "[::1].", "[v1.a]"})
    EXPECT_EQ(normal(raw), "refused") << raw;
}

TEST(Host, authority_is_split_into_host_and_port) {
  EXPECT_EQ(split_authority("a.test").host, "a.test");
  EXPECT_EQ(split_authority("a.test").port, 0);
  EXPECT_EQ(split_authority("a.test:8080").host, "a.test");
  EXPECT_EQ(split_authority("a.test:8080").port, 8080);
  EXPECT_EQ(split_authority("[::1]").host, "[::1]");
  EXPECT_EQ(split_authority("[::1]:443").host, "[::1]");
  EXPECT_EQ(split_authority("[::1]:443").port, 443);
}

TEST(Host, the_default_port_may_be_left_out) {
  EXPECT_TRUE(same_authority("a.test", "a.test:80", 80));
  EXPECT_FALSE(same_authority("a.test", "a.test:80", 443));
  EXPECT_FALSE(same_authority("a.test", "b.test", 80));
  EXPECT_FALSE(same_authority("a.test:81", "a.test:82", 80));
}

}  // namespace
}  // namespace gw::http
