#pragma once
// A served connection whose handler is a lambda and whose client is a raw socket.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/server.hpp"
#include "tests/gateway/net/loop.hpp"

namespace gw::http::test {

using net::Code;
using net::Duration;
using net::Result;
using net::Task;
using net::test::Loop;
using net::test::Peer;

inline ResponseHead response(std::uint16_t status, BodySize body = BodySize::none()) {
  ResponseHead head;
  head.status = status;
  head.body = body;
  return head;
}

/// Reads a whole body.
inline Task<Result<std::string>> read_whole(ClientSide& client, const RequestHead& request) {
  std::string body;
  bool more = request.body.expected();
  while (more) {
    const auto piece = co_await client.read_body();
    if (!piece) co_return piece.error();
    body.append(piece->data.begin(), piece->data.end());
    if (piece->last && piece->trailers != nullptr)
      for (const auto field : *piece->trailers) body += "[" + std::string(field.name) + "=" + std::string(field.value) + "]";
    more = !piece->last;
  }
  co_return body;
}

/// Answers with what came: `METHOD PATH BODY`.
inline Task<> echo(ClientSide& client, RequestHead& request) {
  auto body = co_await read_whole(client, request);
  if (!body) co_return client.abort();
  const auto text = request.method + " " + request.path + " " + *body;
  const auto head = response(200, BodySize::of(text.size()));
  (void)co_await client.write_head(head, {text, true, nullptr});
}

class Scripted final : public Handler {
 public:
  std::function<Task<>(ClientSide&, RequestHead&)> script = echo;
  int handled = 0;
  ConnectionInfo info;  ///< of the newest request
  std::vector<net::Failure> refused;

  Task<> handle(ClientSide& client, RequestHead& request, const ConnectionInfo& connection) override {
    ++handled;
    info = connection;
    return script(client, request);
  }
  Task<> refuse(ClientSide& client, const RequestHead&, const ConnectionInfo&, net::Failure failure) override {
    refused.push_back(failure);
    const auto head = response(failure.code == Code::header_timeout ? 408 : 400, BodySize::of(0));
    (void)co_await client.write_head(head, {});
  }
};

struct Scene {
  explicit Scene(const ServerSettings& settings = {}, bool tcp = false, Entrance entrance = {})
      : server(std::make_unique<Server>(loop.worker, handler, settings)) {
    auto ends = tcp ? net::test::connected_by_tcp(loop) : net::test::connected(loop);
    peer = std::move(ends.peer);
    server->accept(std::move(ends.stream), {}, std::move(entrance));
  }
  ~Scene() {
    server->stop();
    EXPECT_TRUE(loop.until([this] { return server->connections() == 0; }));
    loop.settle();
  }

  void send(std::string_view bytes) {
    EXPECT_EQ(bytes.size(), peer.send(bytes));
    loop.settle();
  }
  /// What has been answered so far.
  const std::string& got() {
    loop.settle();
    peer.pull();
    return peer.received;
  }
  bool answered(std::string_view text, Duration limit = net::test::patience) {
    return loop.until([&] { return peer.pull(), peer.received.find(text) != std::string::npos; }, limit);
  }
  bool over(Duration limit = net::test::patience) {
    return loop.until([&] { return peer.pull(), peer.over(); }, limit);
  }
  std::size_t count(std::string_view text) {
    std::size_t found = 0;
    for (auto at = peer.received.find(text); at != std::string::npos; at = peer.received.find(text, at + 1)) ++found;
    return found;
  }

  Loop loop;
  Scripted handler;
  std::unique_ptr<Server> server;
  Peer peer;
};

}  // namespace gw::http::test
