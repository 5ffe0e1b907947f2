#pragma once
// A client, the gateway's relay, and an app: real HTTP/1 connections over socket pairs, their far ends played by the test.

#include "gateway/http/client.hpp"
#include "gateway/proxy/relay.hpp"
#include "gateway/proxy/tunnels.hpp"
#include "tests/gateway/http/connection_scene.hpp"
#include "tests/gateway/proxy/build.hpp"

namespace gw::proxy::test {

using http::test::Loop;
using http::test::Peer;
using net::Code;
using net::Duration;

struct RelayScene : http::Handler {
  explicit RelayScene(bool tcp = false) : server(std::make_unique<http::Server>(loop.worker, *this)) {
    auto outer = tcp ? net::test::connected_by_tcp(loop) : net::test::connected(loop);
    client = std::move(outer.peer);
    client_socket = outer.stream->socket().descriptor();
    auto inner = tcp ? net::test::connected_by_tcp(loop, net::Side::upstream) : net::test::connected(loop, net::Side::upstream);
    app = std::move(inner.peer);
    connection = http::h1_client(std::move(inner.stream), {Duration(10'000), Duration(10'000)});
    server->accept(std::move(outer.stream), {});
  }
  ~RelayScene() override {
    server->stop();
    EXPECT_TRUE(loop.until([this] { return server->connections() == 0; }));
    loop.settle();
  }
  RelayScene(const RelayScene&) = delete;
  RelayScene& operator=(const RelayScene&) = delete;

  net::Task<> handle(http::ClientSide& side, http::RequestHead& request, const http::ConnectionInfo& info) override {
    ++requests;
    RequestContext context(info, snapshot, net::Clock::now());
    context.route = &only;
    context.endpoint = only.upstream->endpoints.front().text;
    context.tunnels = &tunnels;
    context.presence.begin(*only.site, 0, line);
    if (!connection) co_return side.abort();
    result = co_await relay(loop.worker, side, connection->exchange(), request, context, outcome);
    reusable = connection->reusable();
    connection.reset();
    if (*result || outcome.status != 0 || outcome.client_gone) co_return;
    const auto head = http::test::response(result->error().code == Code::body_too_large ? 413 : 502, http::BodySize::of(0));
    (void)co_await side.write_head(head, {});
  }
  net::Task<> refuse(http::ClientSide& side, const http::RequestHead&, const http::ConnectionInfo&, net::Failure) override {
    const auto head = http::test::response(400, http::BodySize::of(0));
    (void)co_await side.write_head(head, {});
  }

  /// A snapshot of these routes.
  static std::shared_ptr<const Snapshot> routing(const std::vector<Route>& routes) {
    Snapshot made;
    made.router = router(routes);
    return std::make_shared<const Snapshot>(std::move(made));
  }

  bool client_gets(std::string_view text) {
    return loop.until([&] { return client.pull(), client.received.find(text) != std::string::npos; });
  }
  bool app_gets(std::string_view text) {
    return loop.until([&] { return app.pull(), app.received.find(text) != std::string::npos; });
  }
  bool client_over() {
    return loop.until([&] { return client.pull(), client.over(); });
  }
  bool app_over() {
    return loop.until([&] { return app.pull(), app.over(); });
  }

  Loop loop;
  Snapshot snapshot;
  Route only = route("demo.test", "/");
  Tunnels tunnels{routing({only})};
  int asked = 0;  ///< that the site be woken
  WakeLine line{[this](const std::string&) { ++asked; }};
  std::unique_ptr<http::Server> server;
  Peer client;
  int client_socket = -1;  ///< our end of it
  Peer app;
  std::unique_ptr<http::ClientConnection> connection;
  std::optional<net::Result<void>> result;
  Outcome outcome;
  int requests = 0;  ///< that came to the handler
  bool reusable = false;
};

}  // namespace gw::proxy::test
