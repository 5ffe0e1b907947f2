// What happens to an answer on its way to the client.

#include <gtest/gtest.h>

#include "tests/gateway/proxy/build.hpp"

namespace gw::proxy {
namespace {

using test::route;
using test::Scene;

std::string relocated(const char* location) {
  Route stripped = route("demo.test", "/api");
  stripped.strip_prefix = true;
  Scene scene(stripped);
  scene.request.path = "/api/x";
  EXPECT_FALSE(scene.run());
  http::ResponseHead response;
  response.status = 302;
  response.fields.add("location", location);
  apply_response_policies(response, scene.context);
  return std::string(*response.fields.find(http::Name::location));
}

TEST(Location, gets_the_stripped_prefix_back_when_it_leads_home) {
  EXPECT_EQ(relocated("/login?x"), "/api/login?x");
  EXPECT_EQ(relocated("http://demo.test/login"), "http://demo.test/api/login");
  EXPECT_EQ(relocated("http://DEMO.test:80/"), "http://DEMO.test:80/api/");
}

TEST(Location, is_left_alone_when_it_leads_elsewhere_or_has_the_prefix) {
  for (const char* same : {"http://other.test/login", "//other.test/x", "login", "/api", "/api/login", "/api?x",
                           "ftp://demo.test/x", "http://demo.test:81/x"})
    EXPECT_EQ(relocated(same), same);
  EXPECT_EQ(relocated("/apix"), "/api/apix");
}

TEST(ResponsePolicies, a_content_security_policy_of_the_site_joins_the_apps_own) {
  auto site = std::make_shared<Site>();
  site->response_fields = {{"content-security-policy", "frame-ancestors 'self'"}, {"x-frame-options", "SAMEORIGIN"}};
  Scene scene(route("demo.test", "/", site));
  ASSERT_FALSE(scene.run());
  http::ResponseHead answer;
  answer.fields.add("content-security-policy", "default-src 'self'");
  answer.fields.add("x-frame-options", "DENY");
  apply_response_policies(answer, scene.context);
  EXPECT_EQ(answer.fields[0].value, "default-src 'self'");
  EXPECT_EQ(answer.fields[1].value, "frame-ancestors 'self'");
  EXPECT_EQ(answer.fields.find("x-frame-options"), "SAMEORIGIN");
}

TEST(ResponsePolicies, set_the_sites_fields_our_request_id_and_via) {
  auto site = std::make_shared<Site>();
  site->response_fields = {{"x-frame-options", "DENY"}, {"x-request-id", "forged"}};
  Scene scene(route("demo.test", "/", site));
  EXPECT_FALSE(scene.run());
  http::ResponseHead response;
  response.status = 200;
  response.fields.add("x-frame-options", "ALLOWALL");
  apply_response_policies(response, scene.context);
  EXPECT_EQ(response.fields.find("x-frame-options"), "DENY");
  EXPECT_EQ(response.fields.find("x-request-id"), std::string_view(scene.context.request_id));
  EXPECT_EQ(response.fields.find("via"), "1.1 spaceport");
}

}  // namespace
}  // namespace gw::proxy
