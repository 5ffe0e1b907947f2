#pragma once
// The data plane of one worker with one client on a real connection, and apps that the test plays.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>

#include "gateway/proxy/handle.hpp"
#include "tests/gateway/http/connection_scene.hpp"
#include "tests/gateway/proxy/build.hpp"
#include "tests/gateway/proxy/listening_app.hpp"

namespace gw::proxy::test {
using http::test::Loop;
using http::test::Peer;

/// An app with one connection at a time.
struct App : ListeningApp {
  bool accept() { return ListeningApp::accept(peer); }
  Route at(const std::string& host, const std::string& as = "") const {
    auto upstream = std::make_shared<Upstream>();
    upstream->endpoints.push_back({net::UnixAddress{path}, as.empty() ? "unix:" + path : as});
    Route made = route(host, "/");
    made.upstream = std::move(upstream);
    return made;
  }
  Peer peer{-1};
};

inline std::shared_ptr<const Snapshot> snapshot(const std::vector<Route>& routes) {
  Snapshot made;
  made.name = "spaceport";
  made.router = router(routes);
  return std::make_shared<const Snapshot>(std::move(made));
}

/// The data plane of one worker with one client; its log goes into a pipe.
struct Whole {
  explicit Whole(const std::vector<Route>& routes, std::shared_ptr<const WakeLine> line = nullptr)
      : Whole(snapshot(routes), std::move(line)) {}
  explicit Whole(std::shared_ptr<const Snapshot> in_force, std::shared_ptr<const WakeLine> line = nullptr) {
    EXPECT_EQ(0, ::pipe2(log, O_NONBLOCK | O_CLOEXEC));
    proxy = std::make_unique<Proxy>(loop.worker, nullptr, std::move(in_force), log[1], 0, std::move(line));
    server = std::make_unique<http::Server>(loop.worker, *proxy);
    call();
  }
  ~Whole() {
    server->stop();
    EXPECT_TRUE(loop.until([this] { return server->connections() == 0; }));
    loop.settle();
    server.reset();
    proxy.reset();
    ::close(log[0]);
  }
  Whole(const Whole&) = delete;
  Whole& operator=(const Whole&) = delete;

  void call() {
    auto ends = net::test::connected_by_tcp(loop);
    client = std::move(ends.peer);
    http::ConnectionInfo info;
    info.peer = "192.0.2.7";
    server->accept(std::move(ends.stream), info);
  }
  bool client_gets(std::string_view text) {
    return loop.until([&] { return client.pull(), client.received.find(text) != std::string::npos; });
  }
  bool reaches(App& app) {
    bool connected = !app.peer.received.empty() || app.peer.descriptor() >= 0;
    app.peer.received.clear();
    return loop.until([&] {
      connected = connected || app.accept();
      if (connected) app.peer.pull();
      return connected && app.peer.received.ends_with("\r\n\r\n");
    });
  }
  void ask(const std::string& host) { client.send("GET /a HTTP/1.1\r\nHost: " + host + "\r\n\r\n"); }
  /// One GET that the app answers.
  void serve(App& app, const std::string& host) {
    client.received.clear();
    ask(host);
    ASSERT_TRUE(reaches(app));
    app.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone");
    ASSERT_TRUE(client_gets("done"));
    loop.settle();
  }
  boost::json::object line() {
    proxy->access_log().flush();
    std::string text(1 << 16, '\0');
    const auto n = ::read(log[0], text.data(), text.size());
    text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    EXPECT_EQ(1, std::count(text.begin(), text.end(), '\n')) << text;
    return text.empty() ? boost::json::object{} : boost::json::parse(text).as_object();
  }

  Loop loop;
  int log[2];
  std::unique_ptr<Proxy> proxy;
  std::unique_ptr<http::Server> server;
  Peer client{-1};
};

}  // namespace gw::proxy::test
