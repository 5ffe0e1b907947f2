#include "gateway/control/feed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gw::control {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Feed, reads_a_whole_site) {
  const std::string id(64, 'a');
  const FeedResult read = read_site(R"({"hosts": ["Demo.localhost."], "state": "starting", "message": "soon",
      "routes": [{"path": "/", "endpoints": ["netns:)" +
                                    id + R"(@1:7860"]},
                 {"path": "/api/", "endpoints": ["127.0.0.1:8000"], "strip_prefix": true, "max_body_bytes": 10},
                 {"path": "/", "host": "demo--9200.localhost", "endpoints": [], "protocol": "h2c"}],
      "response_headers": {"X-A": " b "}})");
  ASSERT_THAT(read.problems, IsEmpty());
  EXPECT_EQ(read.spec.state, proxy::SiteState::starting);
  ASSERT_EQ(read.spec.routes.size(), 3u);
  EXPECT_EQ(read.spec.routes[0].host, "demo.localhost");
  EXPECT_EQ(read.spec.routes[1].path, "/api");
  EXPECT_TRUE(read.spec.routes[1].strip_prefix);
  EXPECT_EQ(read.spec.routes[1].max_body_bytes, 10u);
  EXPECT_EQ(read.spec.routes[2].host, "demo--9200.localhost");
  EXPECT_EQ(read.spec.routes[2].protocol, config::Protocol::h2c);
  EXPECT_THAT(read.spec.response_fields, ElementsAre(std::pair<std::string, std::string>("x-a", "b")));
}

TEST(Feed, a_site_without_routes_still_answers_at_its_hosts) {
  const FeedResult read = read_site(R"({"hosts": ["a.localhost"], "state": "building"})");
  ASSERT_THAT(read.problems, IsEmpty());
  ASSERT_EQ(read.spec.routes.size(), 1u);
  EXPECT_EQ(read.spec.routes[0].path, "/");
  EXPECT_THAT(read.spec.routes[0].endpoints, IsEmpty());
}

TEST(Feed, reports_every_problem_at_once) {
  const FeedResult read = read_site(R"({"hosts": ["a b"], "stat": "x", "state": "redy", "message": 1,
      "routes": [{"path": "api", "endpoints": ["nowhere"], "strip_prefix": 1, "protocol": "h3", "max_body_bytes": -1}, 3],
      "response_headers": {"a b": "x", "connection": "close", "x": "a\r\nb"}})");
  EXPECT_GE(read.problems.size(), 13u) << ::testing::PrintToString(read.problems);
  EXPECT_THAT(read.problems, ::testing::Contains(HasSubstr("did you mean \"state\"")));
  EXPECT_THAT(read.problems, ::testing::Contains(HasSubstr("routes[0].endpoints[0]")));
}

TEST(Feed, never_throws_on_any_json) {
  for (const char* bad : {"", "{", "[]", "null", "1e999", "\"\\ud800\"", R"({"hosts": null})", R"({"hosts": [], "routes": {}})",
                          R"({"hosts": [1]})", R"({"hosts": ["*"]})", R"({"hosts": [""]})"})
    EXPECT_FALSE(read_site(bad).problems.empty()) << bad;
  EXPECT_FALSE(read_site(std::string(100'000, '[')).problems.empty());
}

TEST(Feed, two_routes_for_one_place_are_a_problem) {
  const FeedResult read = read_site(R"({"hosts": ["a.test"], "routes": [{"path": "/x"}, {"path": "/x/"}]})");
  EXPECT_THAT(read.problems, ElementsAre(HasSubstr("a second route")));
}

TEST(Feed, balancing_and_limits_are_written_as_in_the_gateway_file) {
  const FeedResult read = read_site(R"({"hosts": ["a.test"],
      "limits": {"max_in_flight": 40, "queue": {"length": 7, "deadline": "250ms"}},
      "routes": [{"endpoints": ["127.0.0.1:1", {"address": "127.0.0.1:2", "weight": 3, "max_in_flight": 4}],
                  "balance": "sticky", "sticky": {"cookie": "seat"}, "health": {"path": "/up", "interval": 2}},
                 {"path": "/h", "balance": "hash", "hash": {"by": "header", "name": "X-User"}}]})");
  ASSERT_THAT(read.problems, IsEmpty());
  const auto& first = read.spec.routes[0];
  EXPECT_EQ(first.endpoints[1].weight, 3U);
  EXPECT_EQ(first.endpoints[1].max_in_flight, 4U);
  EXPECT_EQ(first.balancing->balance, config::Balance::sticky);
  EXPECT_EQ(first.balancing->sticky_cookie, "seat");
  EXPECT_EQ(first.balancing->health.path, "/up");
  EXPECT_EQ(first.balancing->health.interval, std::chrono::seconds(2));
  const auto& second = read.spec.routes[1];
  EXPECT_EQ(second.balancing->hash, (config::HashBy{config::HashBy::Source::header, "x-user"}));
  for (const auto& route : read.spec.routes)
    EXPECT_EQ(route.balancing->limits, (config::Limits{40, 7, std::chrono::milliseconds(250)})) << route.path;
}

TEST(Feed, what_is_wrong_with_balancing_is_told_with_its_place) {
  const FeedResult read = read_site(R"({"hosts": ["a.test"], "limits": {"max_in_flite": 1},
      "routes": [{"balance": "hahs", "health": {"paht": "/x"}, "endpoints": [{"adress": "127.0.0.1:1"}, "127.0.0.1:2", "127.0.0.1:2"]},
                 {"path": "/x", "endpoints": 7, "balanse": "hash"}]})");
  for (const char* expected :
       {R"("limits.max_in_flite" is not allowed; did you mean "max_in_flight"?)",
        R"("routes[0].balance" must be one of [two_choices, round_robin, hash, sticky]; did you mean "hash"?)",
        R"("routes[0].health.paht" is not allowed; did you mean "path"?)",
        R"("routes[0].endpoints[0].adress" is not allowed; did you mean "address"?)",
        R"("routes[0].endpoints[2]" contains a duplicate value)", R"("routes[1].endpoints" must be an array)",
        R"(routes[1]: unknown key "balanse"; did you mean "balance"?)"})
    EXPECT_THAT(read.problems, ::testing::Contains(::testing::StartsWith(expected)));
}

TEST(Feed, a_question_of_grpc_is_for_routes_of_http2) {
  const auto problems = [](const std::string& more) {
    return read_site(R"({"hosts": ["a.test"], "routes": [{"endpoints": ["127.0.0.1:1"], "health": {"grpc": ""})" + more + "}]}")
        .problems;
  };
  EXPECT_THAT(problems(R"(, "protocol": "h2c")"), IsEmpty());
  EXPECT_THAT(problems(R"(, "protocol": "http")"), ElementsAre(HasSubstr(R"("routes[0].health.grpc" needs "protocol: h2c")")));
  EXPECT_THAT(problems(""), ElementsAre(HasSubstr(R"("routes[0].health.grpc" needs "protocol: h2c")")));
}

TEST(Feed, reads_when_a_site_may_sleep) {
  const auto sleep = [](const std::string& text) { return read_site(R"({"hosts": ["a.test"], "sleep": )" + text + "}"); };
  EXPECT_EQ(read_site(R"({"hosts": ["a.test"]})").spec.sleep, SiteSleep{});
  EXPECT_EQ(sleep(R"({"after": "300s"})").spec.sleep, (SiteSleep{std::chrono::seconds(300), false}));
  EXPECT_EQ(sleep(R"({"after": 5, "silent_sockets": true})").spec.sleep, (SiteSleep{std::chrono::seconds(5), true}));
  EXPECT_EQ(sleep(R"({"silent_sockets": true})").spec.sleep, (SiteSleep{std::chrono::seconds(0), true}));
  EXPECT_THAT(sleep(R"({"after": "0s"})").problems, ElementsAre(HasSubstr("must be greater than 0")));
  EXPECT_THAT(sleep(R"({"after": "soon"})").problems, ElementsAre(HasSubstr("\"sleep.after\"")));
  EXPECT_THAT(sleep(R"({"afer": "1s"})").problems, ElementsAre(HasSubstr("did you mean \"after\"?")));
  EXPECT_THAT(sleep(R"({"silent_sockets": "x"})").problems, ElementsAre(HasSubstr("silent_sockets")));
}

TEST(Feed, knows_each_state_by_its_word) {
  using State = proxy::SiteState;
  for (const auto state :
       {State::ready, State::building, State::starting, State::sleeping, State::waking, State::paused, State::failed}) {
    const auto read = read_site(R"({"hosts": ["a.test"], "state": ")" + std::string(proxy::name(state)) + "\"}");
    EXPECT_THAT(read.problems, IsEmpty());
    EXPECT_EQ(state, read.spec.state) << proxy::name(state);
  }
}

}  // namespace
}  // namespace gw::control
