#include "runtime/supervise/site.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace runtime::supervise {
namespace {

namespace json = boost::json;

json::object site(const config::SpaceCard& card, Stage stage, bool serving) {
  state::SpaceRecord space;
  space.subdomain = "ann-demo";
  const EndpointOf at = [](std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); };
  return json::parse(site_json(space, card, "test", stage, "why", serving ? at : EndpointOf())).as_object();
}

TEST(Site, names_hosts_routes_and_exposed_ports) {
  config::SpaceCard card;
  card.routes.push_back({"/api", 8001, true, 0});
  card.expose = {9000};
  const auto made = site(card, Stage::running, true);
  EXPECT_EQ(made.at("hosts"), json::parse(R"(["ann-demo.test"])"));
  EXPECT_EQ(made.at("state"), "ready");
  const auto& routes = made.at("routes").as_array();
  ASSERT_EQ(routes.size(), 3U);
  EXPECT_EQ(routes[0].at("endpoints"), json::parse(R"(["127.0.0.1:7860"])"));
  EXPECT_EQ(routes[1].at("path"), "/api");
  EXPECT_EQ(routes[1].at("strip_prefix"), true);
  EXPECT_EQ(routes[2].at("host"), "ann-demo--9000.test");
  EXPECT_EQ(routes[2].at("endpoints"), json::parse(R"(["127.0.0.1:9000"])"));
}

TEST(Site, carries_the_headers_of_the_card) {
  config::SpaceCard card;
  card.custom_headers = {{"cross-origin-opener-policy", "same-origin"}};
  EXPECT_EQ(site(card, Stage::running, true).at("response_headers").as_object().size(), 1U);
  card.disable_embedding = true;
  const auto headers = site(card, Stage::running, true).at("response_headers").as_object();
  EXPECT_EQ(headers.at("cross-origin-opener-policy"), "same-origin");
  EXPECT_EQ(headers.at("content-security-policy"), "frame-ancestors 'self'");
  EXPECT_EQ(headers.at("x-frame-options"), "SAMEORIGIN");
}

TEST(Site, says_why_nobody_serves) {
  const std::pair<Stage, const char*> cases[] = {{Stage::building, "building"},  {Stage::app_starting, "starting"},
                                                 {Stage::sleeping, "sleeping"},  {Stage::paused, "paused"},
                                                 {Stage::build_error, "failed"}, {Stage::runtime_error, "failed"}};
  for (const auto& [stage, state] : cases) {
    const auto made = site({}, stage, false);
    EXPECT_EQ(made.at("state"), state);
    EXPECT_EQ(made.at("message"), "why");
    EXPECT_TRUE(made.at("routes").at(0).at("endpoints").as_array().empty());
  }
  EXPECT_EQ(site({}, Stage::build_error, true).at("state"), "ready");
}

TEST(Site, its_path_is_one_segment) { EXPECT_EQ(site_path("ann/demo"), "/v1/sites/ann%2Fdemo"); }

}  // namespace
}  // namespace runtime::supervise
