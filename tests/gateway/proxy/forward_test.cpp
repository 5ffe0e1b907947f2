#include "gateway/proxy/forward.hpp"

#include <gtest/gtest.h>

#include <sys/un.h>

#include <cstring>

#include "gateway/proxy/affinity.hpp"
#include "tests/gateway/http/connection_scene.hpp"
#include "tests/gateway/proxy/build.hpp"
#include "tests/gateway/proxy/listening_app.hpp"

namespace gw::proxy::test {
namespace {

using http::test::Loop;
using http::test::Peer;
using net::Code;

using App = ListeningApp;

struct Scene final : http::Handler {
  explicit Scene(const std::vector<std::string>& endpoints) : server(std::make_unique<http::Server>(loop.worker, *this)) {
    auto upstream = std::make_shared<Upstream>();
    config::Balancing rules;
    rules.balance = config::Balance::round_robin;
    upstream->balancing = std::move(rules);
    for (const auto& path : endpoints)
      upstream->endpoints.push_back({net::UnixAddress{path}, "unix:" + path, 1, 0, stable_hash(path),
                                     endpoints.size() > 1 ? std::make_shared<EndpointState>(1) : nullptr});
    only.upstream = std::move(upstream);
    auto ends = net::test::connected(loop);
    client = std::move(ends.peer);
    server->accept(std::move(ends.stream), {});
  }
  ~Scene() override {
    server->stop();
    EXPECT_TRUE(loop.until([this] { return server->connections() == 0; }));
    pool.clear();
    loop.settle();
  }
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  net::Task<> handle(http::ClientSide& side, http::RequestHead& request, const http::ConnectionInfo& info) override {
    RequestContext context(info, snapshot, net::Clock::now());
    context.route = &only;
    Passage passage;
    const Forwarder with{loop.worker, nullptr, pool, shared, balancer, counters};
    result = co_await forward(with, side, request, context, passage);
    if (*result || passage.outcome.status != 0 || passage.outcome.client_gone) co_return;
    const auto head = http::test::response(502, http::BodySize::of(0));
    (void)co_await side.write_head(head, {});
  }
  net::Task<> refuse(http::ClientSide& side, const http::RequestHead&, const http::ConnectionInfo&, net::Failure) override {
    side.abort();
    co_return;
  }

  bool client_gets(std::string_view text) {
    return loop.until([&] { return client.pull(), client.received.find(text) != std::string::npos; });
  }
  /// The app gets a new connection with a request on it that ends with `end`.
  bool app_gets(App& app, Peer& peer, std::string_view end) {
    bool connected = false;
    return loop.until([&] {
      connected = connected || app.accept(peer);
      if (connected) peer.pull();
      return connected && peer.received.ends_with(end);
    });
  }
  bool peer_gets(Peer& peer, std::string_view end) {
    return loop.until([&] { return peer.pull(), peer.received.ends_with(end); });
  }
  /// Serves one GET, so that a connection is in the pool.
  void warm_up(App& app, Peer& peer) {
    client.send("GET /warm HTTP/1.1\r\nHost: demo.test\r\n\r\n");
    EXPECT_TRUE(app_gets(app, peer, "\r\n\r\n"));
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwarm");
    EXPECT_TRUE(client_gets("warm"));
    EXPECT_TRUE(loop.until([&] { return pool.size() == 1; }));
    peer.received.clear();
    client.received.clear();
    result.reset();
  }
  bool nobody_comes(App& app) {
    loop.settle();
    Peer none;
    return !app.accept(none);
  }

  Loop loop;
  Snapshot snapshot;
  Route only = route("demo.test", "/");
  Pool pool;
  SharedPool shared;
  Balancer balancer;
  Counters counters;
  std::unique_ptr<http::Server> server;
  Peer client;
  std::optional<net::Result<void>> result;
};

const std::string get = "GET /a HTTP/1.1\r\nHost: demo.test\r\n\r\n";
const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone";

TEST(Forward, uses_a_connection_again) {
  App app;
  Scene scene({app.path});
  Peer peer;
  scene.warm_up(app, peer);
  scene.client.send(get);
  ASSERT_TRUE(scene.peer_gets(peer, "\r\n\r\n"));
  peer.send(ok);
  ASSERT_TRUE(scene.client_gets("done"));
  EXPECT_TRUE(scene.nobody_comes(app));
}

TEST(Rule45, a_stale_connection_is_tried_past_for_an_idempotent_request) {
  App app;
  Scene scene({app.path});
  Peer peer;
  scene.warm_up(app, peer);
  scene.client.send(get);
  ASSERT_TRUE(scene.peer_gets(peer, "\r\n\r\n"));
  peer.close();
  Peer second;
  ASSERT_TRUE(scene.app_gets(app, second, "\r\n\r\n"));
  EXPECT_TRUE(second.received.starts_with("GET /a HTTP/1.1\r\n"));
  second.send(ok);
  EXPECT_TRUE(scene.client_gets("HTTP/1.1 200"));
}

TEST(Forward, counts_connections_and_second_tries) {
  App app;
  Scene scene({app.path, "/nowhere/at/all.sock"});
  for (int i = 0; i != 8; ++i) {
    Peer peer;
    scene.client.received.clear();
    scene.client.send(get);
    ASSERT_TRUE(scene.app_gets(app, peer, "\r\n\r\n"));
    peer.send(ok);
    ASSERT_TRUE(scene.client_gets("done"));
    scene.pool.clear();
  }
  EXPECT_EQ(8U, scene.counters.connects);
  EXPECT_EQ(1U, scene.counters.connect_failures) << "then it is passed over";
  EXPECT_EQ(1U, scene.counters.retries);
  EXPECT_EQ(0U, scene.counters.reused);
  Scene warm({app.path});
  Peer peer;
  warm.warm_up(app, peer);
  warm.client.send(get);
  ASSERT_TRUE(warm.peer_gets(peer, "\r\n\r\n"));
  EXPECT_EQ(1U, warm.counters.reused);
  peer.close();
  Peer second;
  ASSERT_TRUE(warm.app_gets(app, second, "\r\n\r\n"));
  EXPECT_EQ(2U, warm.counters.connects);
  EXPECT_EQ(1U, warm.counters.retries);
}

TEST(Rule45, a_second_stale_answer_is_the_end) {
  App app;
  Scene scene({app.path});
  Peer peer;
  scene.warm_up(app, peer);
  scene.client.send(get);
  ASSERT_TRUE(scene.peer_gets(peer, "\r\n\r\n"));
  peer.close();
  Peer second;
  ASSERT_TRUE(scene.app_gets(app, second, "\r\n\r\n"));
  second.close();
  ASSERT_TRUE(scene.client_gets("HTTP/1.1 502"));
  EXPECT_TRUE(scene.nobody_comes(app));
}

TEST(Rule45, other_requests_are_never_sent_twice) {
  const std::string requests[] = {
      "POST /a HTTP/1.1\r\nHost: demo.test\r\nContent-Length: 0\r\n\r\n",
      "POST /a HTTP/1.1\r\nHost: demo.test\r\n\r\n",
      "PATCH /a HTTP/1.1\r\nHost: demo.test\r\nContent-Length: 0\r\n\r\n",
      "PUT /a HTTP/1.1\r\nHost: demo.test\r\nContent-Length: 4\r\n\r\nbody",
  };
  for (const auto& request : requests) {
    App app;
    Scene scene({app.path});
    Peer peer;
    scene.warm_up(app, peer);
    scene.client.send(request);
    ASSERT_TRUE(scene.peer_gets(peer, request.ends_with("body") ? "body" : "\r\n\r\n"));
    peer.close();
    ASSERT_TRUE(scene.client_gets("HTTP/1.1 502")) << request;
    EXPECT_TRUE(scene.nobody_comes(app)) << request;
  }
}

TEST(Rule45, a_fresh_connection_that_closes_is_not_tried_again) {
  App app;
  Scene scene({app.path});
  Peer peer;
  scene.client.send(get);
  ASSERT_TRUE(scene.app_gets(app, peer, "\r\n\r\n"));
  peer.close();
  ASSERT_TRUE(scene.client_gets("HTTP/1.1 502"));
  EXPECT_TRUE(scene.nobody_comes(app));
  EXPECT_EQ(Code::closed, scene.result->error().code);
}

TEST(Rule45, nothing_is_tried_again_after_a_byte_of_the_answer) {
  App app;
  Scene scene({app.path});
  Peer peer;
  scene.warm_up(app, peer);
  scene.client.send(get);
  ASSERT_TRUE(scene.peer_gets(peer, "\r\n\r\n"));
  peer.send("H");
  peer.close();
  ASSERT_TRUE(scene.client_gets("HTTP/1.1 502"));
  EXPECT_TRUE(scene.nobody_comes(app));
}

TEST(Rule45, a_dead_endpoint_is_tried_past) {
  App app;
  Scene scene({"/nonexistent/app.sock", app.path});
  Peer peer;
  // A body as well: nothing of it was sent.
  scene.client.send("POST /a HTTP/1.1\r\nHost: demo.test\r\nContent-Length: 4\r\n\r\nbody");
  ASSERT_TRUE(scene.app_gets(app, peer, "body"));
  peer.send(ok);
  EXPECT_TRUE(scene.client_gets("done"));
}

TEST(Rule45, a_stale_connection_behind_a_dead_endpoint_is_tried_past_too) {
  App app;
  Scene scene({app.path, "/nonexistent/app.sock"});
  Peer peer;
  scene.warm_up(app, peer);
  // The dead endpoint's turn, then the stale connection, then a new one to the same endpoint.
  scene.client.send(get);
  ASSERT_TRUE(scene.peer_gets(peer, "\r\n\r\n"));
  peer.close();
  Peer second;
  ASSERT_TRUE(scene.app_gets(app, second, "\r\n\r\n"));
  second.send(ok);
  EXPECT_TRUE(scene.client_gets("HTTP/1.1 200"));
}

TEST(Rule45, a_second_dead_endpoint_is_the_end) {
  App app;
  Scene scene({"/nonexistent/1", "/nonexistent/2", app.path});
  scene.client.send(get);
  ASSERT_TRUE(scene.client_gets("HTTP/1.1 502"));
  EXPECT_TRUE(scene.nobody_comes(app)) << "once more, not until it works";
}

TEST(Rule45, only_dead_endpoints_are_a_failure) {
  for (const auto& endpoints : {std::vector<std::string>{"/nonexistent/1"},
                                std::vector<std::string>{"/nonexistent/1", "/nonexistent/2", "/nonexistent/3"}}) {
    Scene scene(endpoints);
    scene.client.send(get);
    ASSERT_TRUE(scene.client_gets("HTTP/1.1 502"));
    EXPECT_EQ(Code::unreachable, scene.result->error().code);
  }
}

TEST(Forward, no_endpoint_at_all_is_a_failure_of_ours) {
  Scene scene({});
  scene.client.send(get);
  ASSERT_TRUE(scene.client_gets("HTTP/1.1 502"));
  EXPECT_EQ((net::Failure{Code::no_endpoint, net::Side::gateway, net::Retry::never}), scene.result->error());
}

TEST(Forward, a_connection_that_cannot_serve_again_is_not_kept) {
  App app;
  Scene scene({app.path});
  Peer peer;
  scene.client.send(get);
  ASSERT_TRUE(scene.app_gets(app, peer, "\r\n\r\n"));
  peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\ndone");
  ASSERT_TRUE(scene.client_gets("done"));
  scene.loop.settle();
  EXPECT_EQ(0U, scene.pool.size());
  EXPECT_TRUE(scene.loop.until([&] { return peer.pull(), peer.over(); }));
}

}  // namespace
}  // namespace gw::proxy::test
