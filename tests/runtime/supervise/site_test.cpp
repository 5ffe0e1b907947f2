#include "runtime/supervise/site.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace runtime::supervise {
namespace {

namespace json = boost::json;

std::vector<std::string> one_replica(std::uint16_t port) { return {"127.0.0.1:" + std::to_string(port)}; }
std::vector<std::string> two_replicas(std::uint16_t port) {
  return {"127.0.0.1:" + std::to_string(port), "127.0.0.2:" + std::to_string(port)};
}

json::object site(const config::SpaceCard& card, const SiteView& view, const config::Limits& limits = {}) {
  config::NodeFile node;
  node.domain = "test";
  node.defaults.limits = limits;
  state::SpaceRecord space;
  space.subdomain = "ann-demo";
  return json::parse(site_json(space, card, node, view)).as_object();
}

json::object site(const config::SpaceCard& card, Stage stage, bool serving, const config::Limits& limits = {}) {
  SiteView view;
  view.stage = stage;
  if (serving) view.endpoints_of = one_replica;
  return site(card, view, limits);
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

TEST(Site, says_that_nobody_serves_and_keeps_the_details_for_the_owner) {
  struct Case {
    Stage stage;
    const char* state;
    const char* message;
  };
  const Case cases[] = {{Stage::building, "building", ""},
                        {Stage::app_starting, "starting", ""},
                        {Stage::sleeping, "sleeping", ""},
                        {Stage::paused, "paused", ""},
                        {Stage::no_app_file, "failed", "It has no Dockerfile."},
                        {Stage::config_error, "failed", "Its settings are wrong."},
                        {Stage::build_error, "failed", "Its build failed."},
                        {Stage::runtime_error, "failed", "Its app does not run."}};
  for (const auto& [stage, state, message] : cases) {
    const auto made = site({}, stage, false);
    EXPECT_EQ(made.at("state"), state);
    EXPECT_EQ(made.at("message"), message);
    EXPECT_TRUE(made.at("routes").at(0).at("endpoints").as_array().empty());
  }
  EXPECT_EQ(site({}, Stage::build_error, true).at("state"), "ready");
}

TEST(Site, has_the_limits_of_the_node_file_and_none_where_it_says_nothing) {
  EXPECT_FALSE(site({}, Stage::running, true).contains("limits"));
  EXPECT_EQ(site({}, Stage::running, true, {40, 7, std::chrono::milliseconds(250)}).at("limits"),
            json::parse(R"({"max_in_flight": 40, "queue": {"length": 7, "deadline": "250ms"}})"));
  EXPECT_EQ(site({}, Stage::running, true, {0, 7, std::chrono::seconds(90)}).at("limits"),
            json::parse(R"({"max_in_flight": 0, "queue": {"length": 7, "deadline": "1m30s"}})"));
}

TEST(Site, a_visitor_stays_with_one_of_several_replicas) {
  SiteView view{Stage::running};
  view.endpoints_of = two_replicas;
  const auto route = site({}, view).at("routes").at(0).as_object();
  EXPECT_EQ(route.at("endpoints"), json::parse(R"(["127.0.0.1:7860", "127.0.0.2:7860"])"));
  EXPECT_EQ(route.at("balance"), "sticky");
  EXPECT_FALSE(site({}, Stage::running, true).at("routes").at(0).as_object().contains("balance"));
}

TEST(Site, is_held_while_its_containers_are_quiet_and_while_visitors_wait_for_it_to_come_up) {
  SiteView frozen{Stage::sleeping, Power::frozen};
  frozen.endpoints_of = one_replica;
  EXPECT_EQ(site({}, frozen).at("state"), "sleeping");
  EXPECT_EQ(site({}, frozen).at("routes").at(0).at("endpoints").as_array().size(), 1U) << "its connections stay";
  frozen.power = Power::awake;
  EXPECT_EQ(site({}, frozen).at("state"), "ready") << "not before the gateway has said that nobody is being served";

  for (const Stage stage : {Stage::building, Stage::app_starting}) {
    SiteView view{stage};
    view.woken = true;
    EXPECT_EQ(site({}, view).at("state"), "waking");
  }
}

TEST(Site, says_after_how_long_it_is_idle) {
  SiteView view{Stage::running};
  EXPECT_FALSE(site({}, view).contains("sleep"));
  view.idle = std::chrono::seconds(90);
  EXPECT_EQ(site({}, view).at("sleep"), json::parse(R"({"after": "90s"})"));
}

TEST(Site, its_path_is_one_segment) { EXPECT_EQ(site_path("ann/demo"), "/v1/sites/ann%2Fdemo"); }

}  // namespace
}  // namespace runtime::supervise
