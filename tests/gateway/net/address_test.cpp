#include "gateway/net/address.hpp"

#include <gtest/gtest.h>

namespace gw::net {
namespace {

const std::string id(64, 'a');

TEST(Address, the_three_forms_are_read) {
  EXPECT_EQ(Address(TcpAddress{"127.0.0.1", 7860}), parse_address("127.0.0.1:7860"));
  EXPECT_EQ(Address(TcpAddress{"app.internal", 80}), parse_address("app.internal:80"));
  EXPECT_EQ(Address(TcpAddress{"::1", 65535}), parse_address("[::1]:65535"));
  EXPECT_EQ(Address(UnixAddress{"/run/app.sock"}), parse_address("unix:/run/app.sock"));
  EXPECT_EQ(Address(ContainerAddress{id, 7, 8000}), parse_address("netns:" + id + "@7:8000"));
}

TEST(Address, what_is_written_is_what_was_read) {
  for (const auto& text : {std::string("127.0.0.1:7860"), std::string("[::1]:9"), std::string("unix:/run/a:b.sock"),
                           "netns:" + id + "@18446744073709551615:1"}) {
    const auto address = parse_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(text, to_string(*address));
  }
}

TEST(Address, anything_else_is_refused) {
  const std::string hostile[] = {
      "",
      ":",
      "127.0.0.1",
      "127.0.0.1:",
      ":7860",
      "127.0.0.1:0",
      "127.0.0.1:65536",
      "127.0.0.1:-1",
      "127.0.0.1:+80",
      "127.0.0.1: 80",
      "127.0.0.1:80 ",
      "127.0.0.1:0x50",
      "127.0.0.1:99999999999999999999",
      "::1:80",
      "[]:80",
      "[::1]",
      "[::1]:",
      "[::1:80",
      "unix:",
      "netns:",
      "netns:abc@1:80",
      "netns:" + id + ":80",
      "netns:" + id + "@:80",
      "netns:" + id + "@1:",
      "netns:" + id + "@1:0",
      "netns:" + id + "@-1:80",
      "netns:" + id + "@18446744073709551616:80",
      "netns:" + std::string(64, 'A') + "@1:80",
      "netns:" + id + "a@1:80",
      "netns:" + std::string(63, 'a') + "/@1:80",
  };
  for (const auto& text : hostile) EXPECT_FALSE(parse_address(text)) << text;
}

TEST(Address, generations_of_one_container_are_different_addresses) {
  EXPECT_NE(parse_address("netns:" + id + "@1:80"), parse_address("netns:" + id + "@2:80"));
}

}  // namespace
}  // namespace gw::net
