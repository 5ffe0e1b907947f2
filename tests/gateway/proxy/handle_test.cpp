#include "gateway/proxy/handle.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/gateway/proxy/whole_scene.hpp"

namespace gw::proxy::test {
namespace {

TEST(Proxy, an_exchange_leaves_one_line_and_one_count) {
  App app;
  Whole whole({app.at("demo.test")});
  whole.serve(app, "demo.test");
  const auto line = whole.line();
  EXPECT_EQ(line.at("status").as_int64(), 200);
  EXPECT_EQ(line.at("bytes_out").as_int64(), 4);
  EXPECT_EQ(line.at("client").as_string(), "192.0.2.7");
  EXPECT_TRUE(line.contains("first_byte_ms"));
  EXPECT_FALSE(line.contains("cause"));
  const auto counters = whole.proxy->counters();
  EXPECT_EQ(1U, counters.requests);
  EXPECT_EQ(0U, counters.failures);
  EXPECT_EQ(0U, counters.in_flight);
  EXPECT_EQ(1U, counters.pooled);
}

TEST(Proxy, a_failure_is_answered_counted_and_logged_with_its_cause) {
  App app;
  Whole whole({app.at("demo.test")});
  whole.ask("nobody.test");
  ASSERT_TRUE(whole.client_gets("x-gateway-error: no_route"));
  const auto line = whole.line();
  EXPECT_EQ(line.at("status").as_int64(), 404);
  EXPECT_EQ(line.at("cause").as_string(), "no_route");
  EXPECT_EQ(1U, whole.proxy->counters().failures);
  // The connection serves on.
  whole.serve(app, "demo.test");
}

TEST(Proxy, a_site_is_counted_by_itself_and_unknown_hosts_together) {
  App app;
  auto demo = app.at("demo.test");
  const auto upstream = std::make_shared<Upstream>(*demo.upstream);
  upstream->tally = std::make_shared<Tally>("local/demo", 1);
  demo.upstream = upstream;
  Whole whole({demo});
  whole.serve(app, "demo.test");
  for (const char* host : {"a.test", "b.test"}) {
    whole.client.received.clear();
    whole.ask(host);
    ASSERT_TRUE(whole.client_gets("no_route"));
  }
  whole.loop.settle();
  const auto& seen = *upstream->tally->seen(0);
  EXPECT_EQ((std::array<std::uint64_t, 6>{0, 0, 1, 0, 0, 0}), seen.by_class);
  EXPECT_EQ(4U, seen.bytes_out);
  EXPECT_EQ(1U, std::accumulate(seen.took.begin(), seen.took.end(), std::uint64_t{0}));
  const auto& unrouted = whole.proxy->unrouted();
  EXPECT_EQ(2U, unrouted.by_class[4]);
  EXPECT_EQ(2U, unrouted.causes.at(static_cast<std::size_t>(net::Code::no_route)));
}

TEST(Proxy, an_app_that_answers_nonsense_is_502) {
  App app;
  Whole whole({app.at("demo.test")});
  whole.ask("demo.test");
  ASSERT_TRUE(whole.reaches(app));
  app.peer.send("nonsense\r\n\r\n");
  ASSERT_TRUE(whole.client_gets("HTTP/1.1 502"));
  EXPECT_EQ(whole.line().at("status").as_int64(), 502);
  EXPECT_EQ(0U, whole.proxy->counters().pooled);
}

TEST(Proxy, a_malformed_request_is_refused_and_logged) {
  Whole whole(std::vector<Route>{});
  whole.client.send("GET / HTTP/1.1\r\nA : b\r\n\r\n");
  ASSERT_TRUE(whole.client_gets("HTTP/1.1 400"));
  const auto line = whole.line();
  EXPECT_EQ(line.at("cause").as_string(), "bad_field_name");
  EXPECT_FALSE(line.at("request_id").as_string().empty());
  EXPECT_EQ(1U, whole.proxy->counters().failures);
}

TEST(Proxy, a_client_that_left_is_499_and_cancels_the_app_at_once) {
  App app;
  Whole whole({app.at("demo.test")});
  whole.ask("demo.test");
  ASSERT_TRUE(whole.reaches(app));
  EXPECT_EQ(1U, whole.proxy->counters().in_flight);
  whole.client.close();
  ASSERT_TRUE(whole.loop.until([&] { return app.peer.pull(), app.peer.over(); }, net::Duration(500)));
  ASSERT_TRUE(whole.loop.until([&] { return whole.proxy->counters().in_flight == 0; }));
  EXPECT_EQ(whole.line().at("status").as_int64(), 499);
}

TEST(Proxy, an_answer_that_is_cut_is_counted_as_a_failure_and_aborts_the_client) {
  App app;
  Whole whole({app.at("demo.test")});
  whole.ask("demo.test");
  ASSERT_TRUE(whole.reaches(app));
  app.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello");
  ASSERT_TRUE(whole.client_gets("hello"));
  app.peer.close();
  ASSERT_TRUE(whole.loop.until([&] { return whole.client.pull(), whole.client.over(); }));
  EXPECT_TRUE(whole.client.broken) << "a reset, and no end that could be taken for the body's";
  const auto line = whole.line();
  EXPECT_EQ(line.at("status").as_int64(), 200);
  EXPECT_EQ(line.at("cause").as_string(), "truncated");
}

TEST(Proxy, vanished_endpoints_lose_their_pooled_connections_and_no_others) {
  App gone;
  App stays;
  Whole whole({gone.at("gone.test", "netns:gone"), stays.at("stays.test", "netns:stays")});
  whole.serve(gone, "gone.test");
  whole.serve(stays, "stays.test");
  ASSERT_EQ(2U, whole.proxy->counters().pooled);
  const std::vector<std::string> vanished{"netns:gone"};
  whole.proxy->use(snapshot({stays.at("stays.test", "netns:stays")}), vanished);
  EXPECT_EQ(1U, whole.proxy->counters().pooled);
  EXPECT_TRUE(whole.loop.until([&] { return gone.peer.pull(), gone.peer.over(); }));
  // The client's own connection never noticed, and neither did the other app's.
  whole.serve(stays, "stays.test");
  EXPECT_FALSE(stays.peer.over());
}

TEST(Proxy, one_address_with_a_new_identity_gets_a_new_connection) {
  // Two containers that were given the same address one after the other: the text of the endpoint tells them apart.
  App app;
  Whole whole({app.at("demo.test", "netns:one@1:80")});
  whole.serve(app, "demo.test");
  Peer old = std::move(app.peer);
  app.peer = Peer(-1);
  whole.proxy->use(snapshot({app.at("demo.test", "netns:one@2:80")}), {});
  whole.serve(app, "demo.test");
  old.pull();
  EXPECT_EQ(old.received.find("GET", 10), std::string::npos);
}

TEST(Proxy, an_exchange_under_way_keeps_its_configuration) {
  App app;
  Whole whole({app.at("demo.test")});
  whole.ask("demo.test");
  ASSERT_TRUE(whole.reaches(app));
  whole.proxy->use(snapshot({}), {});
  app.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone");
  EXPECT_TRUE(whole.client_gets("done"));
  whole.client.received.clear();
  whole.ask("demo.test");
  EXPECT_TRUE(whole.client_gets("HTTP/1.1 404"));
}

}  // namespace
}  // namespace gw::proxy::test
