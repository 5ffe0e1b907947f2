#include "gateway/control/site_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/gateway/control/site_texts.hpp"

namespace gw::control {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using test::file;
using test::site;

TEST(SiteTable, a_new_site_is_routed) {
  SiteTable table;
  const Change change = table.put("local/demo", site("demo.test", "127.0.0.1:1"));
  EXPECT_TRUE(change.changed);
  const proxy::Route* const route = table.snapshot()->router.match("demo.test", "/x");
  ASSERT_NE(route, nullptr);
  EXPECT_EQ(route->site->id, "local/demo");
  EXPECT_EQ(route->upstream->endpoints.at(0).text, "127.0.0.1:1");
}

TEST(SiteTable, the_same_again_changes_nothing) {
  SiteTable table;
  table.put("a", site("a.test", "127.0.0.1:1"));
  const auto before = table.snapshot();
  EXPECT_FALSE(table.put("a", site("a.test", "127.0.0.1:1")).changed);
  EXPECT_EQ(table.snapshot(), before);
}

TEST(SiteTable, a_host_has_one_owner) {
  SiteTable table;
  table.load(file("file.test", "127.0.0.1:9"));
  table.put("a", site("a.test", "127.0.0.1:1"));
  const Change stolen = table.put("b", site("a.test", "127.0.0.1:2"));
  EXPECT_TRUE(stolen.conflict);
  EXPECT_FALSE(stolen.changed);
  EXPECT_TRUE(table.put("b", site("file.test", "127.0.0.1:2")).conflict);
  EXPECT_TRUE(table.load(file("a.test", "127.0.0.1:9")).conflict);
  EXPECT_EQ(table.snapshot()->router.match("a.test", "/")->site->id, "a");
  table.erase("a");
  EXPECT_TRUE(table.put("b", site("a.test", "127.0.0.1:2")).changed);
}

/// What a route's requests are counted under.
std::string label(const SiteTable& table, const std::string& host) {
  return table.snapshot()->router.match(host, "/")->upstream->tally->label();
}

TEST(SiteTable, requests_are_counted_by_names_that_somebody_configured) {
  SiteTable table;
  table.load(file("file.test", "127.0.0.1:9"));
  table.put("local/demo", site("demo.test", "127.0.0.1:1"));
  EXPECT_EQ("file:app", label(table, "file.test"));
  EXPECT_EQ("local/demo", label(table, "demo.test"));
  EXPECT_EQ(2U, table.upstreams().size());
}

TEST(SiteTable, a_site_that_changes_goes_on_counting) {
  SiteTable table;
  table.put("a", site("a.test", "127.0.0.1:1"));
  const auto before = table.upstreams().at(0)->tally;
  table.put("a", site("a.test", "127.0.0.1:2"));
  EXPECT_EQ(before, table.upstreams().at(0)->tally);
}

TEST(SiteTable, a_site_that_is_gone_is_told_of_no_more) {
  SiteTable table;
  table.put("a", site("a.test", "127.0.0.1:1"));
  const auto held = table.snapshot();
  table.erase("a");
  EXPECT_THAT(table.upstreams(), IsEmpty()) << "also while an exchange still has it";
}

TEST(SiteTable, sites_beyond_the_limit_are_counted_together) {
  SiteTable table;
  table.counted_sites(2);
  for (const char* id : {"a", "b", "c", "d"}) table.put(id, site(std::string(id) + ".test", "127.0.0.1:1"));
  EXPECT_EQ("a", label(table, "a.test"));
  EXPECT_EQ("b", label(table, "b.test"));
  EXPECT_EQ("(more)", label(table, "c.test"));
  EXPECT_EQ(table.snapshot()->router.match("c.test", "/")->upstream->tally,
            table.snapshot()->router.match("d.test", "/")->upstream->tally);
  table.erase("a");
  table.put("e", site("e.test", "127.0.0.1:1"));
  EXPECT_EQ("e", label(table, "e.test")) << "a place is free again";
}

TEST(SiteTable, an_id_is_at_most_200_letters_long) {
  SiteTable table;
  EXPECT_TRUE(table.put(std::string(200, 'a'), site("a.test", "127.0.0.1:1")).changed);
  EXPECT_FALSE(table.put(std::string(201, 'b'), site("b.test", "127.0.0.1:1")).changed);
  EXPECT_FALSE(table.put("", site("b.test", "127.0.0.1:1")).changed);
}

TEST(SiteTable, a_bad_put_changes_nothing) {
  SiteTable table;
  table.put("a", site("a.test", "127.0.0.1:1"));
  const auto before = table.snapshot();
  EXPECT_FALSE(table.put("a", "{}").problems.empty());
  EXPECT_FALSE(table.put("", site("b.test", "127.0.0.1:1")).problems.empty());
  EXPECT_FALSE(table.put("a b", site("b.test", "127.0.0.1:1")).problems.empty());
  EXPECT_EQ(table.snapshot(), before);
}

TEST(SiteTable, a_change_of_one_site_shares_all_others) {
  SiteTable table;
  table.put("a", site("a.test", "127.0.0.1:1"));
  table.put("b", site("b.test", "127.0.0.1:2"));
  const auto before = table.snapshot();
  table.put("a", site("a.test", "127.0.0.1:3"));
  EXPECT_EQ(before->router.match("b.test", "/"), table.snapshot()->router.match("b.test", "/"));
  EXPECT_NE(before->router.match("a.test", "/"), table.snapshot()->router.match("a.test", "/"));
}

TEST(SiteTable, names_endpoints_that_nobody_uses_any_more) {
  SiteTable table;
  table.put("a", site("a.test", "127.0.0.1:1"));
  table.put("b", site("b.test", "127.0.0.1:1"));
  EXPECT_THAT(table.put("a", site("a.test", "127.0.0.1:2")).vanished, IsEmpty());
  EXPECT_THAT(table.erase("b").vanished, ElementsAre("127.0.0.1:1"));
  EXPECT_THAT(table.put("a", site("a.test", "127.0.0.1:2", "failed")).vanished, IsEmpty());
  EXPECT_THAT(table.erase("a").vanished, ElementsAre("127.0.0.1:2"));
  EXPECT_EQ(table.snapshot()->router.match("a.test", "/"), nullptr);
}

TEST(SiteTable, a_change_names_what_is_not_what_it_was) {
  SiteTable table;
  EXPECT_THAT(table.put("a", site("a.test", "127.0.0.1:1")).hosts, IsEmpty()) << "nobody can have used it";
  EXPECT_THAT(table.put("a", site("a.test", "127.0.0.1:2")).hosts, ElementsAre("a.test"));
  EXPECT_THAT(table.put("b", site("b.test", "127.0.0.1:2")).hosts, IsEmpty());
  EXPECT_THAT(table.put("a", site("c.test", "127.0.0.1:2")).hosts, ElementsAre("a.test"));
  EXPECT_THAT(table.erase("b").hosts, ElementsAre("b.test"));
  const std::string probed =
      R"({"hosts": ["p.test"], "routes": [{"path": "/", "endpoints": ["127.0.0.1:1"], "health": {"path": "/ok"}}]})";
  EXPECT_THAT(table.put("p", probed).probes, ::testing::SizeIs(1));
  EXPECT_THAT(table.put("a", site("a.test", "127.0.0.1:1")).probes, IsEmpty());
  EXPECT_THAT(table.erase("p").probes, ::testing::SizeIs(1));
}

TEST(SiteTable, a_reload_of_the_file_keeps_fed_sites_and_unchanged_hosts) {
  SiteTable table;
  table.put("a", site("a.test", "127.0.0.1:1"));
  table.load(file("file.test", "127.0.0.1:9"));
  const auto before = table.snapshot();
  config::GatewayFile next = file("file.test", "127.0.0.1:9");
  next.name = "renamed";
  EXPECT_TRUE(table.load(next).changed);
  EXPECT_EQ(table.snapshot()->name, "renamed");
  EXPECT_EQ(before->router.match("file.test", "/"), table.snapshot()->router.match("file.test", "/"));
  EXPECT_NE(table.snapshot()->router.match("a.test", "/"), nullptr);
  EXPECT_TRUE(table.load(file("other.test", "127.0.0.1:9")).changed);
  EXPECT_EQ(table.snapshot()->router.match("file.test", "/"), nullptr);
}

TEST(SiteTable, status_lists_every_site) {
  SiteTable table;
  table.put("a", site("a.test", "127.0.0.1:1", "sleeping"));
  const auto status = table.status();
  ASSERT_EQ(status.at("sites").as_array().size(), 1u);
  EXPECT_EQ(status.at("sites").as_array()[0].at("state").as_string(), "sleeping");
}

TEST(SiteTable, a_table_that_is_fed_is_complete_when_it_was_told_so_and_stays_so) {
  SiteTable table;
  EXPECT_TRUE(table.snapshot()->complete);
  config::GatewayFile fed = file("file.test", "127.0.0.1:9");
  fed.feed_hold = std::chrono::seconds(5);
  table.load(fed);
  EXPECT_FALSE(table.snapshot()->complete);
  table.put("a", site("a.test", "127.0.0.1:1"));
  EXPECT_FALSE(table.snapshot()->complete) << "one site is not all sites";

  EXPECT_TRUE(table.complete().changed);

  EXPECT_TRUE(table.snapshot()->complete);
  EXPECT_FALSE(table.complete().changed);
  table.load(fed);
  EXPECT_TRUE(table.snapshot()->complete) << "a reload forgets no site";
  EXPECT_NE(table.snapshot()->router.match("a.test", "/"), nullptr);
}

TEST(SiteTable, a_file_without_a_feed_is_complete) {
  SiteTable table;
  table.load(file("file.test", "127.0.0.1:9"));
  EXPECT_TRUE(table.snapshot()->complete);
}

// States of endpoints

std::string two(const std::string& first, const std::string& second, const std::string& message = "") {
  return R"({"hosts": ["a.test"], "message": ")" + message + R"(", "routes": [{"path": "/", "endpoints": [")" + first +
         R"(", ")" + second + R"("]}]})";
}

const proxy::EndpointState* state(const SiteTable& table, std::size_t endpoint) {
  return table.snapshot()->router.match("a.test", "/")->upstream->endpoints.at(endpoint).state.get();
}

TEST(SiteTable, an_endpoint_that_stays_keeps_what_is_known_of_it) {
  SiteTable table;
  table.put("a", two("127.0.0.1:1", "127.0.0.1:2"));
  const auto* const first = state(table, 0);
  const auto* const second = state(table, 1);
  ASSERT_NE(first, nullptr);
  ASSERT_NE(first, second);
  table.put("a", two("127.0.0.1:3", "127.0.0.1:1", "another message"));
  EXPECT_EQ(state(table, 1), first);
}

TEST(SiteTable, an_endpoint_that_vanished_is_forgotten) {
  SiteTable table;
  table.put("a", two("127.0.0.1:1", "127.0.0.1:2"));
  const std::weak_ptr<proxy::EndpointState> gone =
      table.snapshot()->router.match("a.test", "/")->upstream->endpoints.at(1).state;
  table.put("a", two("127.0.0.1:1", "127.0.0.1:3"));
  EXPECT_TRUE(gone.expired());
}

TEST(SiteTable, two_sites_never_share_what_is_known_of_an_endpoint) {
  SiteTable table;
  table.put("a", two("127.0.0.1:1", "127.0.0.1:2"));
  table.put("b", R"({"hosts": ["b.test"], "routes": [{"path": "/", "endpoints": ["127.0.0.1:1", "127.0.0.1:2"]}]})");
  EXPECT_NE(table.snapshot()->router.match("b.test", "/")->upstream->endpoints.at(0).state.get(), state(table, 0));
}

TEST(SiteTable, an_endpoint_that_is_alone_has_no_state_to_pay_for) {
  SiteTable table;
  table.put("a", site("a.test", "127.0.0.1:1"));
  EXPECT_EQ(state(table, 0), nullptr);
}

// Gates

const proxy::Upstream& upstream(const SiteTable& table, const std::string& host, const std::string& path = "/") {
  return *table.snapshot()->router.match(host, path)->upstream;
}

TEST(SiteTable, all_routes_of_a_site_stand_before_one_gate) {
  SiteTable table;
  const auto limited = [](int most) {
    return R"({"hosts": ["a.test", "aa.test"], "limits": {"max_in_flight": )" + std::to_string(most) +
           R"(}, "routes": [{"endpoints": ["127.0.0.1:1"]}, {"path": "/api", "endpoints": ["127.0.0.1:2"]}]})";
  };
  table.put("a", limited(5));
  const auto gate = upstream(table, "a.test").gate;
  ASSERT_NE(gate, nullptr);
  EXPECT_EQ(upstream(table, "a.test", "/api").gate, gate);
  EXPECT_EQ(upstream(table, "aa.test").gate, gate);
  table.put("a", limited(6));
  EXPECT_EQ(upstream(table, "a.test").gate, gate) << "who is inside still counts";
  EXPECT_EQ(upstream(table, "a.test").limits.max_in_flight, 6U);
}

TEST(SiteTable, a_site_that_states_no_limit_has_the_gateway_s_own) {
  SiteTable table;
  table.put("free", site("free.test", "127.0.0.1:1"));
  EXPECT_EQ(upstream(table, "free.test").gate, nullptr);
  table.places_of_site(77);
  table.load(file("file.test", "127.0.0.1:9"));
  table.put("a", site("a.test", "127.0.0.1:1"));
  table.put("b", site("b.test", "127.0.0.1:1"));
  EXPECT_EQ(upstream(table, "a.test").limits.max_in_flight, 77U);
  EXPECT_NE(upstream(table, "a.test").gate, nullptr);
  EXPECT_NE(upstream(table, "a.test").gate, upstream(table, "b.test").gate);
  EXPECT_EQ(upstream(table, "file.test").gate, nullptr) << "a gateway file says itself what it wants";
}

TEST(SiteTable, each_upstream_of_a_file_has_its_own_gate) {
  SiteTable table;
  auto made = file("a.test", "127.0.0.1:1");
  made.upstreams[0].balancing.limits.max_in_flight = 3;
  made.upstreams.push_back({"other", {"127.0.0.1:1"}, config::Protocol::http, made.upstreams[0].balancing});
  made.routes.push_back(made.routes[0]);
  made.routes[1].path = "/other";
  made.routes[1].upstream = "other";
  table.load(made);
  const auto gate = upstream(table, "a.test").gate;
  ASSERT_NE(gate, nullptr);
  EXPECT_NE(upstream(table, "a.test", "/other").gate, gate);
  table.load(made);
  EXPECT_EQ(upstream(table, "a.test").gate, gate);
}

TEST(SiteTable, limited_endpoints_have_a_gate_together) {
  SiteTable table;
  table.put("a", R"({"hosts": ["a.test"], "routes": [
      {"endpoints": [{"address": "127.0.0.1:1", "max_in_flight": 2}, "127.0.0.1:2"]},
      {"path": "/same", "strip_prefix": true, "endpoints": [{"address": "127.0.0.1:1", "max_in_flight": 2}, "127.0.0.1:2"]},
      {"path": "/free", "endpoints": ["127.0.0.1:1", "127.0.0.1:2"]}]})");
  const auto& limited = upstream(table, "a.test");
  ASSERT_NE(limited.endpoint_gate, nullptr);
  EXPECT_EQ(upstream(table, "a.test", "/same").endpoint_gate, limited.endpoint_gate);
  EXPECT_EQ(upstream(table, "a.test", "/same").endpoints[0].state, limited.endpoints[0].state);
  EXPECT_EQ(upstream(table, "a.test", "/free").endpoint_gate, nullptr);
}

// Probes and status

std::string probed(const std::string& path, const std::string& endpoint, const std::string& interval = "1s") {
  return R"({"hosts": ["a.test", "aa.test"], "routes": [{"endpoints": [")" + endpoint + R"("], "health": {"path": ")" + path +
         R"(", "interval": ")" + interval + R"("}}]})";
}

TEST(SiteTable, a_question_of_grpc_is_one_too) {
  const auto site = [](const std::string& service) {
    return R"({"hosts": ["a.test"], "routes": [{"endpoints": ["127.0.0.1:1"], "protocol": "h2c", "health": {"grpc": ")" +
           service + R"("}}]})";
  };
  SiteTable table;
  table.put("a", site(""));
  ASSERT_EQ(table.probes().size(), 1U);
  const auto before = state(table, 0);
  ASSERT_NE(before, nullptr) << "it is alone, and asked";
  table.put("a", site("one.Service"));
  ASSERT_EQ(table.probes().size(), 1U);
  EXPECT_EQ(table.probes().begin()->second.rules.grpc, "one.Service");
  EXPECT_NE(state(table, 0), before) << "another question: what is known says nothing";
}

TEST(SiteTable, each_endpoint_is_probed_once_and_only_while_a_route_wants_it) {
  SiteTable table;
  table.put("plain", site("plain.test", "127.0.0.1:1"));
  EXPECT_THAT(table.probes(), IsEmpty());
  table.put("a", probed("/up", "127.0.0.1:1"));
  ASSERT_EQ(table.probes().size(), 1U);
  const auto& probe = table.probes().begin()->second;
  EXPECT_EQ(probe.state, table.snapshot()->router.match("aa.test", "/")->upstream->endpoints.at(0).state);
  EXPECT_EQ(probe.text, "127.0.0.1:1");
  const auto* const before = probe.state.get();
  table.put("a", probed("/up", "127.0.0.1:1", "9s"));
  EXPECT_EQ(table.probes().begin()->second.state.get(), before);
  EXPECT_EQ(table.probes().begin()->second.rules.interval, std::chrono::seconds(9));
  table.put("a", probed("/other", "127.0.0.1:1"));
  ASSERT_EQ(table.probes().size(), 1U);
  EXPECT_NE(table.probes().begin()->second.state.get(), before) << "another question: what is known says nothing";
  table.put("a", probed("/other", "127.0.0.1:2"));
  ASSERT_EQ(table.probes().size(), 1U);
  EXPECT_EQ(table.probes().begin()->second.text, "127.0.0.1:2");
  table.erase("a");
  EXPECT_THAT(table.probes(), IsEmpty());
}

TEST(SiteTable, status_tells_how_endpoints_and_places_are) {
  SiteTable table;
  table.workers(2);
  table.put("a", R"({"hosts": ["a.test"], "limits": {"max_in_flight": 5},
      "routes": [{"endpoints": ["127.0.0.1:1", "127.0.0.1:2"]}]})");
  const auto& made = upstream(table, "a.test");
  made.gate->enter(5, 0);
  made.endpoints[1].state->at(0).in_flight = 3;
  made.endpoints[1].state->at(1).in_flight = 4;
  made.endpoints[1].state->at(1).health.probed(false, {}, {});
  const auto status = table.status();
  const auto& route = status.at("sites").as_array()[0].at("routes").as_array()[0];
  EXPECT_EQ(boost::json::serialize(route.at("health")), R"([{"endpoint":"127.0.0.1:1","state":"up","in_flight":0},)"
                                                        R"({"endpoint":"127.0.0.1:2","state":"down","in_flight":7}])");
  EXPECT_EQ(boost::json::serialize(route.at("places")), R"({"max_in_flight":5,"in_flight":1,"waiting":0,"refused":0})");
  made.gate->leave();
}

}  // namespace
}  // namespace gw::control
