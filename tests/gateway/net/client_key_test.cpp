#include "gateway/net/client_key.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace gw::net {
namespace {

ClientKey six(const char* text) {
  sockaddr_storage storage{};
  auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
  v6.sin6_family = AF_INET6;
  EXPECT_EQ(1, inet_pton(AF_INET6, text, &v6.sin6_addr));
  return client_key(storage);
}

ClientKey four(const char* text) {
  sockaddr_storage storage{};
  auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
  v4.sin_family = AF_INET;
  EXPECT_EQ(1, inet_pton(AF_INET, text, &v4.sin_addr));
  return client_key(storage);
}

TEST(Rule68, each_address_of_version_4_is_a_client) {
  EXPECT_NE(four("192.0.2.7"), four("192.0.2.8"));
  EXPECT_EQ(four("192.0.2.7"), client_key("192.0.2.7"));
  EXPECT_EQ("192.0.2.7", to_string(four("192.0.2.7")));
}

TEST(Rule68, the_addresses_of_a_64_are_one_client) {
  EXPECT_EQ(six("2001:db8:0:1::7"), six("2001:db8:0:1:ffff:ffff:ffff:ffff"));
  EXPECT_NE(six("2001:db8:0:1::7"), six("2001:db8:0:2::7"));
  EXPECT_NE(six("2001:db8:0:1::7"), six("2001:db9:0:1::7"));
  EXPECT_EQ(six("2001:db8:0:1::7"), client_key("2001:db8:0:1::8"));
  EXPECT_EQ("2001:db8:0:1::/64", to_string(six("2001:db8:0:1::7")));
}

TEST(Rule68, a_mapped_address_is_that_of_version_4) {
  EXPECT_EQ(four("192.0.2.7"), six("::ffff:192.0.2.7"));
  EXPECT_EQ(four("192.0.2.7"), client_key("::ffff:192.0.2.7"));
  EXPECT_NE(six("::ffff:192.0.2.7"), six("::1"));
}

TEST(Rule68, who_has_no_address_is_nobody) {
  sockaddr_storage local{};
  local.ss_family = AF_UNIX;
  EXPECT_EQ(ClientKey::nobody, client_key(local));
  for (const auto* text : {"", "unknown", "unix", "192.0.2", "192.0.2.7:80", "[::1]"})
    EXPECT_EQ(ClientKey::nobody, client_key(text)) << text;
  EXPECT_EQ(ClientKey::nobody, client_key(std::string(200, '1')));
  EXPECT_EQ("nobody", to_string(ClientKey::nobody));
}

}  // namespace
}  // namespace gw::net
