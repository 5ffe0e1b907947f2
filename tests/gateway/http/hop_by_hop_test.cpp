#include "gateway/http/hop_by_hop.hpp"

#include <gtest/gtest.h>

namespace gw::http {
namespace {

TEST(Rule70, forwarded_identity_is_recognised_in_every_spelling) {
  for (const char* name :
       {"forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-anything", "x-real-ip", "x-client-ip",
        "true-client-ip", "x-original-url", "x-original-uri", "x-rewrite-url", "x-forwarded-client-cert", "x_forwarded_for",
        "x.forwarded.for", "x-forwarded_proto", "x_real_ip", "true_client-ip"})
    EXPECT_TRUE(is_forwarded_identity(name)) << name;
  for (const char* name : {"x-forwarded", "x-request-id", "forward", "from", "x-real-ips", "te", ""})
    EXPECT_FALSE(is_forwarded_identity(name)) << name;
}

TEST(Rule14, other_spellings_of_a_name_are_recognised) {
  for (const char* name : {"x-request-id", "x_request_id", "x.request_id", "x_request-id"})
    EXPECT_TRUE(spells(name, "x-request-id")) << name;
  for (const char* name : {"xrequestid", "x-request-i", "x-request-ids", "x request-id", ""})
    EXPECT_FALSE(spells(name, "x-request-id")) << name;
}

TEST(Rule30, fields_of_one_connection_are_listed) {
  for (const char* name :
       {"connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade", "http2-settings"})
    EXPECT_TRUE(is_hop_by_hop(known_name(name))) << name;
  EXPECT_FALSE(is_hop_by_hop(Name::other));
  EXPECT_FALSE(is_hop_by_hop(Name::accept));
}

TEST(Rule32, fields_for_the_proxy_itself_are_listed) {
  for (const char* name : {"proxy", "proxy-authorization", "proxy-authenticate"})
    EXPECT_TRUE(is_hop_by_hop(known_name(name))) << name;
}

}  // namespace
}  // namespace gw::http
