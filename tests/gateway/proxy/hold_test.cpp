#include <gtest/gtest.h>

#include <vector>

#include "tests/gateway/proxy/whole_scene.hpp"

namespace gw::proxy::test {
namespace {

/// A site that sleeps, with its app, behind one worker.
struct Asleep {
  explicit Asleep(net::Duration patience = net::Duration(60'000))
      : wake(patience), whole(configuration(SiteState::sleeping), line) {
    line->set_answered(true);
    pulse->set(Pulse::Rest::asleep);
  }
  std::shared_ptr<const Snapshot> configuration(SiteState state, const std::string& host = "demo.test") {
    Route one = app.at(host);
    one.site = std::make_shared<const Site>(Site{"one", state, "", {}, pulse});
    Snapshot made;
    made.name = "spaceport";
    made.timeouts.wake = wake;
    made.router = router({one});
    return std::make_shared<const Snapshot>(std::move(made));
  }
  void use(std::shared_ptr<const Snapshot> next) { whole.proxy->use(std::move(next), {}); }
  bool holds(std::uint64_t count) {
    return whole.loop.until([&] { return whole.proxy->counters().held == count; });
  }

  net::Duration wake;
  App app;
  std::shared_ptr<Pulse> pulse = std::make_shared<Pulse>(1);
  std::vector<std::string> rings;
  std::shared_ptr<WakeLine> line = std::make_shared<WakeLine>([this](const std::string& id) { rings.push_back(id); });
  Whole whole;
};

TEST(Hold, until_the_site_is_ready_and_all_policies_are_applied_once) {
  Asleep scene;
  scene.whole.client.send("GET /a HTTP/1.1\r\nHost: demo.test\r\nX-Request-Id: mine\r\n\r\n");
  ASSERT_TRUE(scene.holds(1));
  EXPECT_EQ(std::vector<std::string>{"one"}, scene.rings);
  EXPECT_EQ(0U, scene.pulse->read().working) << "it does not keep the site from falling asleep again";
  scene.use(scene.configuration(SiteState::waking));
  scene.whole.loop.settle();
  ASSERT_EQ(1U, scene.whole.proxy->counters().held) << "waking is not awake";

  scene.use(scene.configuration(SiteState::ready));

  ASSERT_TRUE(scene.whole.reaches(scene.app));
  const auto& seen = scene.app.peer.received;
  for (const std::string field : {"\r\nx-forwarded-for: 192.0.2.7\r\n", "\r\nvia: 1.1 spaceport\r\n", "\r\nx-request-id: "}) {
    EXPECT_NE(seen.find(field), std::string::npos) << seen;
    EXPECT_EQ(seen.find(field.substr(0, field.find(':') + 1)), seen.rfind(field.substr(0, field.find(':') + 1))) << seen;
  }
  scene.app.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone");
  ASSERT_TRUE(scene.whole.client_gets("done"));
  scene.whole.loop.settle();
  const auto line = scene.whole.line();
  EXPECT_TRUE(line.contains("held_ms"));
  EXPECT_EQ(1U, scene.whole.proxy->counters().held_before);
  EXPECT_EQ(0U, scene.pulse->held());
}

TEST(Hold, is_not_ended_by_what_is_said_of_others) {
  Asleep scene;
  scene.whole.ask("demo.test");
  ASSERT_TRUE(scene.holds(1));
  scene.use(scene.configuration(SiteState::sleeping));
  scene.whole.loop.settle();
  EXPECT_EQ(1U, scene.whole.proxy->counters().held);
  EXPECT_EQ(1U, scene.rings.size()) << "it still sleeps the same sleep";
  scene.pulse->set(Pulse::Rest::asleep);
  scene.use(scene.configuration(SiteState::sleeping));
  EXPECT_EQ(2U, scene.rings.size()) << "it fell asleep anew before it was awake";
}

TEST(Hold, of_a_host_that_has_gone_is_over) {
  Asleep scene;
  scene.whole.ask("demo.test");
  ASSERT_TRUE(scene.holds(1));
  scene.use(scene.configuration(SiteState::sleeping, "other.test"));
  EXPECT_TRUE(scene.whole.client_gets("x-gateway-error: no_route"));
}

TEST(Hold, of_another_site_that_has_the_host_now_is_over) {
  Asleep scene;
  scene.whole.ask("demo.test");
  ASSERT_TRUE(scene.holds(1));
  scene.pulse = std::make_shared<Pulse>(1);
  scene.use(scene.configuration(SiteState::sleeping));
  EXPECT_TRUE(scene.whole.loop.until([&] { return scene.pulse->held() == 1; })) << "it waits for that one";
}

TEST(Hold, has_an_end) {
  Asleep scene(net::Duration(200));
  scene.whole.ask("demo.test");
  ASSERT_TRUE(scene.whole.client_gets("x-gateway-error: waking"));
  EXPECT_NE(scene.whole.client.received.find("HTTP/1.1 503"), std::string::npos);
  EXPECT_NE(scene.whole.client.received.find("retry-after: 3"), std::string::npos);
  EXPECT_EQ(0U, scene.pulse->held());
  EXPECT_TRUE(scene.holds(0));
}

TEST(Hold, ends_with_its_client) {
  Asleep scene;
  scene.whole.ask("demo.test");
  ASSERT_TRUE(scene.holds(1));
  scene.whole.client.close();
  ASSERT_TRUE(scene.holds(0));
  ASSERT_TRUE(scene.whole.loop.until([&] { return scene.whole.server->connections() == 0; }));
  EXPECT_EQ(499, scene.whole.line().at("status").as_int64());
  EXPECT_EQ(0U, scene.pulse->held());
}

TEST(Hold, is_over_when_nobody_may_wait_any_more) {
  Asleep scene;
  scene.whole.ask("demo.test");
  ASSERT_TRUE(scene.holds(1));
  scene.whole.proxy->end_holds();
  ASSERT_TRUE(scene.whole.client_gets("x-gateway-error: waking"));
  scene.whole.client.received.clear();
  scene.whole.ask("demo.test");
  EXPECT_TRUE(scene.whole.client_gets("x-gateway-error: waking")) << "and nobody begins to";
}

TEST(Hold, is_for_nobody_when_nobody_would_wake_the_site) {
  Asleep scene;
  scene.line->set_answered(false);
  scene.whole.ask("demo.test");
  ASSERT_TRUE(scene.whole.client_gets("x-gateway-error: waking"));
  EXPECT_TRUE(scene.rings.empty());
}

TEST(Hold, is_for_as_many_as_may_wait_over_all_workers) {
  Asleep scene;
  for (int i = 0; i != 1024; ++i) ASSERT_TRUE(scene.pulse->hold(1024)) << "of other workers";
  scene.whole.ask("demo.test");
  EXPECT_TRUE(scene.whole.client_gets("x-gateway-error: saturated"));
  EXPECT_TRUE(scene.rings.empty());
  EXPECT_EQ(1024U, scene.pulse->held());
}

TEST(Hold, a_site_that_is_being_woken_is_waited_for_and_not_asked_for) {
  Asleep scene;
  scene.pulse->set(Pulse::Rest::waking);
  scene.use(scene.configuration(SiteState::waking));
  scene.whole.ask("demo.test");
  ASSERT_TRUE(scene.holds(1));
  EXPECT_TRUE(scene.rings.empty());
  scene.whole.client.close();
  ASSERT_TRUE(scene.holds(0));
  scene.whole.call();
  scene.whole.client.send("HEAD /a HTTP/1.1\r\nHost: demo.test\r\n\r\n");
  EXPECT_TRUE(scene.whole.client_gets("x-gateway-error: waking")) << "who would not wake it does not wait either";
}

TEST(Hold, an_exchange_is_in_the_pulse_of_its_site_while_it_lasts) {
  Asleep scene;
  scene.use(scene.configuration(SiteState::ready));
  scene.whole.ask("demo.test");
  ASSERT_TRUE(scene.whole.reaches(scene.app));
  EXPECT_EQ(1U, scene.pulse->read().working);
  scene.app.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndo");
  ASSERT_TRUE(scene.whole.client_gets("do"));
  EXPECT_EQ(1U, scene.pulse->read().working) << "its body is on its way";
  const auto before = net::Clock::now();
  scene.app.peer.send("ne");
  ASSERT_TRUE(scene.whole.client_gets("done"));
  scene.whole.loop.settle();
  EXPECT_EQ(0U, scene.pulse->read().working);
  EXPECT_GE(scene.pulse->read().last_used(before, false), before);
}

/// An answer without an end, that is cut off; the state of the endpoint that it came from.
HealthState after_a_cut(Pulse::Rest rest) {
  Asleep scene;
  Route one = scene.app.at("demo.test");
  const auto upstream = std::make_shared<Upstream>(*one.upstream);
  upstream->endpoints.push_back(upstream->endpoints.front());
  config::Balancing rules = *upstream->balancing;
  rules.health.eject_after = 1;
  upstream->balancing = std::move(rules);
  const auto state = std::make_shared<EndpointState>(1);
  for (auto& endpoint : upstream->endpoints) endpoint.state = state;
  one.upstream = upstream;
  one.site = std::make_shared<const Site>(Site{"one", SiteState::ready, "", {}, scene.pulse});
  scene.use(snapshot({one}));
  scene.whole.ask("demo.test");
  EXPECT_TRUE(scene.whole.reaches(scene.app));
  scene.app.peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n");
  EXPECT_TRUE(scene.whole.client_gets("hi"));
  EXPECT_EQ(1U, scene.pulse->read().streams);
  scene.pulse->set(rest);
  scene.app.peer.close();
  EXPECT_TRUE(scene.whole.loop.until([&] { return scene.pulse->read().streams == 0; }));
  return state->at(0).health.state();
}

TEST(Hold, nothing_that_ends_while_a_site_sleeps_counts_against_its_endpoints) {
  EXPECT_EQ(HealthState::ejected, after_a_cut(Pulse::Rest::none));
  EXPECT_EQ(HealthState::up, after_a_cut(Pulse::Rest::asleep));
  EXPECT_EQ(HealthState::up, after_a_cut(Pulse::Rest::waking));
}

}  // namespace
}  // namespace gw::proxy::test
