#include "runtime/supervise/site.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "runtime/supervise/back_off.hpp"
#include "runtime/supervise/hardware.hpp"

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

TEST(Hardware, limits_come_from_the_flavor_and_never_exceed_the_machine) {
  const auto node = config::default_node_file();
  engine::Info machine;
  EXPECT_EQ(limits_of("cpu-upgrade", node, machine).cpus, 8);
  EXPECT_EQ(limits_of("", node, machine).cpus, node.defaults.cpus);
  machine.cpus = 2;
  machine.memory = 1U << 30;
  EXPECT_EQ(limits_of("cpu-upgrade", node, machine).cpus, 2);
  EXPECT_EQ(limits_of("cpu-upgrade", node, machine).memory.count, 1U << 30);
}

TEST(Hardware, gpus_are_a_number_or_all_else_those_of_the_flavor) {
  const auto node = config::default_node_file();
  EXPECT_EQ(parse_gpus("", "l4x4", node)->count, 4U);
  EXPECT_EQ(parse_gpus("1", "l4x4", node)->count, 1U);
  EXPECT_TRUE(parse_gpus("all", "", node)->all);
  EXPECT_FALSE(parse_gpus("0", "l4x4", node)->any());
  for (const char* bad : {"-1", "65", "two", "1x", " 1"}) EXPECT_FALSE(parse_gpus(bad, "", node)) << bad;
}

TEST(BackOff, doubles_then_gives_up_and_forgives) {
  using namespace std::chrono_literals;
  BackOff back_off;
  BackOff::Clock::time_point now{1h};
  for (const auto wait : {500ms, 1000ms, 2000ms, 4000ms, 8000ms, 16000ms}) EXPECT_EQ(back_off.crashed(now += 1s), wait);
  EXPECT_EQ(back_off.crashed(now), std::nullopt);
  back_off.forgive();
  EXPECT_EQ(back_off.crashed(now), 500ms);
  EXPECT_EQ(back_off.crashed(now + 11min), 500ms);
}

}  // namespace
}  // namespace runtime::supervise
