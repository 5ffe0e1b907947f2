#include "config/rules.hpp"

#include <gmock/gmock.h>

namespace config {
namespace {

using testing::HasSubstr;

const std::string container_id(64, 'a');

TEST(Path, that_is_right_passes) {
  for (const char* path : {"/", "/api", "/api/", "/a.b/..c/...", "/a;b=1/@x"}) EXPECT_FALSE(check_path(path)) << path;
}

TEST(Path, breaks_one_rule_each) {
  EXPECT_THAT(*check_path(""), HasSubstr("begin with"));
  EXPECT_THAT(*check_path("api"), HasSubstr("begin with"));
  EXPECT_THAT(*check_path("/a?b"), HasSubstr("query"));
  EXPECT_THAT(*check_path("/a#b"), HasSubstr("fragment"));
  EXPECT_THAT(*check_path("/a%2fb"), HasSubstr("%"));
  EXPECT_THAT(*check_path("/a b"), HasSubstr("spaces"));
  EXPECT_THAT(*check_path("/a\\b"), HasSubstr("backslashes"));
  EXPECT_THAT(*check_path("/\xC3\xA9"), HasSubstr("non-ASCII"));
  EXPECT_THAT(*check_path("/a//b"), HasSubstr("\"//\""));
  EXPECT_THAT(*check_path("//"), HasSubstr("\"//\""));
  for (const char* path : {"/.", "/..", "/a/../b", "/a/./b", "/a/.."})
    EXPECT_THAT(*check_path(path), HasSubstr("segments")) << path;
  EXPECT_THAT(*check_path("/" + std::string(2048, 'a')), HasSubstr("2048"));
}

TEST(Host, that_is_right_passes) {
  for (const char* host : {"localhost", "demo.example.com", "*.example.com", "127.0.0.1", "[::1]", "my_app"}) {
    EXPECT_FALSE(check_host(host)) << host;
  }
}

TEST(Host, breaks_one_rule_each) {
  EXPECT_THAT(*check_host("*"), HasSubstr("leave \"host\" out"));
  EXPECT_THAT(*check_host("a.*.com"), HasSubstr("wildcard"));
  EXPECT_THAT(*check_host("*a.com"), HasSubstr("wildcard"));
  EXPECT_THAT(*check_host("a.com:80"), HasSubstr("without a port"));
  EXPECT_THAT(*check_host("http://a.com"), HasSubstr("without a scheme"));
  EXPECT_THAT(*check_host("a.com/x"), HasSubstr("without a path"));
  EXPECT_THAT(*check_host("[::1]:80"), HasSubstr("nothing behind"));
  EXPECT_THAT(*check_host("[zz]"), HasSubstr("IPv6"));
  for (const char* host : {"", "*.", "a..b", ".a", "-a.com", "a-.com", "a b", "\xC3\xA9.com"})
    EXPECT_TRUE(check_host(host)) << host;
  EXPECT_TRUE(check_host(std::string(64, 'a')));
  EXPECT_FALSE(check_host(std::string(63, 'a')));
  EXPECT_TRUE(check_host("[::1x")) << "the bracket that is not there is no part of the address";
  std::string most = "a";
  while (most.size() < 253) most += ".a";
  EXPECT_FALSE(check_host(most));
  EXPECT_THAT(*check_host(most + "a.a"), HasSubstr("253"));
}

TEST(Host, is_lowered_and_loses_its_last_dot) { EXPECT_EQ(canonical_host("Demo.Example.COM."), "demo.example.com"); }

TEST(Endpoint, has_four_forms) {
  for (const auto& text : {std::string("127.0.0.1:7860"), std::string("app:80"), std::string("[::1]:65535"),
                           std::string("unix:/run/app.sock"), "netns:" + container_id + "@3:8000"}) {
    EXPECT_FALSE(check_endpoint(text)) << text;
  }
}

TEST(Endpoint, breaks_one_rule_each) {
  EXPECT_THAT(*check_endpoint("127.0.0.1"), HasSubstr("HOST:PORT"));
  EXPECT_THAT(*check_endpoint("a:0"), HasSubstr("1 to 65535"));
  EXPECT_THAT(*check_endpoint("a:65536"), HasSubstr("1 to 65535"));
  EXPECT_THAT(*check_endpoint("a:x"), HasSubstr("port number"));
  EXPECT_THAT(*check_endpoint("::1:80"), HasSubstr("brackets"));
  EXPECT_THAT(*check_endpoint("[a]:80"), HasSubstr("IPv6"));
  EXPECT_THAT(*check_endpoint("http://a:80"), HasSubstr("scheme"));
  EXPECT_THAT(*check_endpoint(":80"), HasSubstr("host name"));
  EXPECT_THAT(*check_endpoint("unix:"), HasSubstr("path of a socket"));
  EXPECT_THAT(*check_endpoint("unix:/" + std::string(107, 'a')), HasSubstr("107"));
}

TEST(Endpoint, of_a_container_needs_full_id_generation_and_port) {
  const auto prefix = "netns:" + container_id;
  for (const auto& text : {std::string("netns:abc@1:80"), prefix + "@1", prefix + ":80", prefix + "@:80", prefix + "@x:80",
                           prefix + "@1:", prefix + "@1:0", prefix + "@1:70000", "netns:" + std::string(64, 'g') + "@1:80"}) {
    EXPECT_TRUE(check_endpoint(text)) << text;
  }
}

TEST(Cidr, is_an_address_with_a_prefix_length_that_fits) {
  for (const char* text : {"10.0.0.0/8", "::1", "::/0", "10.0.0.1", "0.0.0.0/32"}) EXPECT_FALSE(check_cidr(text)) << text;
  for (const char* text : {"", "a", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0/8"})
    EXPECT_TRUE(check_cidr(text)) << text;
}

TEST(ListenAddress, is_an_ip_address_and_a_port) {
  EXPECT_EQ(parse_listen_address("127.0.0.1:8080").value, std::pair(std::string("127.0.0.1"), std::uint16_t{8080}));
  EXPECT_EQ(parse_listen_address("[::]:8443").value, std::pair(std::string("::"), std::uint16_t{8443}));
  EXPECT_EQ(parse_listen_address("0.0.0.0:0").value, std::pair(std::string("0.0.0.0"), std::uint16_t{0}));
  EXPECT_THAT(parse_listen_address(":8080").message, HasSubstr("0.0.0.0"));
  EXPECT_THAT(parse_listen_address("::1:8080").message, HasSubstr("brackets"));
  EXPECT_THAT(parse_listen_address("localhost:80").message, HasSubstr("write 127.0.0.1"));
  EXPECT_THAT(parse_listen_address("127.0.0.1:65536").message, HasSubstr("0 to 65535"));
  EXPECT_THAT(parse_listen_address("8080").message, HasSubstr("ADDRESS:PORT"));
}

}  // namespace
}  // namespace config
