#include <gtest/gtest.h>

#include "tests/gateway/http/connection_scene.hpp"

namespace gw::http::test {
namespace {

const std::string get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

TEST(ServerConnection, is_kept_for_the_next_request) {
  Scene scene;
  scene.send(get);
  EXPECT_NE(std::string::npos, scene.got().find("GET /a "));
  EXPECT_EQ(std::string::npos, scene.got().find("connection: close"));
  scene.send("GET /b HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(std::string::npos, scene.got().find("GET /b "));
  EXPECT_FALSE(scene.peer.over());
}

TEST(ServerConnection, answers_pipelined_requests_in_order) {
  Scene scene;
  std::string all;
  for (int i = 0; i != 8; ++i)
    all += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nb" + std::to_string(i);
  scene.send(all);
  ASSERT_TRUE(scene.answered("POST /7 b7"));
  std::size_t at = 0;
  for (int i = 0; i != 8; ++i) {
    at = scene.got().find("POST /" + std::to_string(i) + " b" + std::to_string(i), at);
    ASSERT_NE(std::string::npos, at) << i;
  }
}

TEST(ServerConnection, takes_a_request_byte_by_byte) {
  Scene scene;
  for (const char c :
       std::string("POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nT: v\r\n\r\n"))
    scene.send({&c, 1});
  EXPECT_NE(std::string::npos, scene.got().find("POST /x abcde[t=v]"));
}

TEST(ServerConnection, writes_chunks_and_trailers) {
  Scene scene;
  scene.handler.script = [](ClientSide& client, RequestHead&) -> Task<> {
    const auto head = response(200, BodySize::unknown());
    Fields trailers;
    trailers.add("x-sum", "7");
    const std::string one = "one";
    const std::string large(20'000, 'L');
    (void)co_await client.write_head(head, {one, false, nullptr});
    (void)co_await client.write_body({large, false, nullptr});
    (void)co_await client.write_body({{}, true, &trailers});
  };
  scene.send(get + get);
  ASSERT_TRUE(scene.loop.until([&] { return scene.peer.pull(), scene.count("x-sum: 7\r\n\r\n") == 2; }));
  const auto body = scene.got().substr(scene.got().find("\r\n\r\n") + 4);
  EXPECT_TRUE(body.starts_with("3\r\none\r\n4e20\r\n" + std::string(20'000, 'L') + "\r\n0\r\nx-sum: 7\r\n\r\nHTTP/1.1 200"));
}

TEST(ServerConnection, sends_no_body_where_there_is_none) {
  Scene scene;
  scene.handler.script = [](ClientSide& client, RequestHead& request) -> Task<> {
    const std::uint16_t status = request.path == "/204" ? 204 : request.path == "/304" ? 304 : 200;
    const auto head = response(status, BodySize::of(4));
    const std::string body = "body";
    (void)co_await client.write_head(head, {body, true, nullptr});
  };
  scene.send("HEAD /head HTTP/1.1\r\nHost: h\r\n\r\nGET /204 HTTP/1.1\r\nHost: h\r\n\r\nGET /304 HTTP/1.1\r\nHost: h\r\n\r\n" +
             get);
  ASSERT_TRUE(scene.answered("body"));
  EXPECT_EQ(1U, scene.count("body"));
  EXPECT_EQ(4U, scene.count("HTTP/1.1 "));
  EXPECT_TRUE(scene.got().ends_with("\r\n\r\nbody"));
  // 204 states no length (RFC 9110 §8.6).
  const auto second = scene.got().substr(scene.got().find("HTTP/1.1 204"));
  EXPECT_EQ(std::string::npos, second.substr(0, second.find("\r\n\r\n")).find("content-length"));
}

TEST(ServerConnection, an_http_1_0_client_gets_a_body_until_the_end) {
  Scene scene;
  scene.handler.script = [](ClientSide& client, RequestHead&) -> Task<> {
    const auto interim = response(103);
    (void)co_await client.write_head(interim, {});
    const auto head = response(200, BodySize::unknown());
    const std::string body = "all of it";
    (void)co_await client.write_head(head, {body, false, nullptr});
    (void)co_await client.write_body({{}, true, nullptr});
  };
  scene.send("GET / HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n");
  ASSERT_TRUE(scene.over());
  EXPECT_TRUE(scene.peer.ended);
  EXPECT_EQ(0U, scene.count("chunked"));
  EXPECT_EQ(0U, scene.count(" 103 "));
  EXPECT_TRUE(scene.got().ends_with("\r\n\r\nall of it"));
}

TEST(ServerConnection, closes_when_the_client_wants_it) {
  Scene scene;
  scene.send("GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" + get);
  ASSERT_TRUE(scene.over());
  EXPECT_EQ(1, scene.handler.handled);
  EXPECT_EQ(1U, scene.count("connection: close"));
}

TEST(ServerConnection, an_answer_to_a_body_does_not_wait_for_what_its_handler_does_behind_it) {
  Scene scene({}, true);
  net::Waiter gate;
  scene.handler.script = [&](ClientSide& client, RequestHead& request) -> Task<> {
    co_await echo(client, request);
    co_await gate.wait();
  };
  scene.send("POST /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi");
  ASSERT_TRUE(scene.loop.until([&] { return gate.waiting(); }));
  EXPECT_NE(std::string::npos, scene.got().find("POST /a hi"));
  EXPECT_FALSE(scene.peer.over());
  gate.notify();
  EXPECT_TRUE(scene.over());
}

TEST(ServerConnection, a_piece_that_is_not_the_last_does_not_wait_for_the_end) {
  Scene scene({}, true);
  net::Waiter gate;
  scene.handler.script = [&](ClientSide& client, RequestHead&) -> Task<> {
    const auto head = response(200, BodySize::unknown());
    const std::string piece = "event";
    (void)co_await client.write_head(head, {piece, false, nullptr});
    co_await gate.wait();
    (void)co_await client.write_body({{}, true, nullptr});
  };
  scene.send("GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  ASSERT_TRUE(scene.loop.until([&] { return gate.waiting(); }));
  EXPECT_NE(std::string::npos, scene.got().find("event"));
  gate.notify();
  EXPECT_TRUE(scene.over());
}

TEST(ServerConnection, an_idle_connection_ends_in_silence) {
  ServerSettings settings;
  settings.idle = Duration(100);
  Scene scene(settings);
  scene.send(get);
  ASSERT_TRUE(scene.over());
  EXPECT_EQ(1U, scene.count("HTTP/1.1 "));
  EXPECT_TRUE(scene.handler.refused.empty());
}

TEST(ServerConnection, works_after_its_buffers_were_given_back) {
  Scene scene;
  scene.send(get);
  const auto later = net::Clock::now() + Duration(1'400);
  scene.loop.until([&] { return net::Clock::now() >= later; });
  scene.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(scene.answered("GET /later "));
}

TEST(ServerConnection, a_body_that_does_not_move_runs_into_the_timeout) {
  ServerSettings settings;
  settings.body = Duration(150);
  Scene scene(settings);
  net::Failure seen;
  scene.handler.script = [&](ClientSide& client, RequestHead& request) -> Task<> {
    const auto body = co_await read_whole(client, request);
    if (!body) seen = body.error();
    client.abort();
  };
  scene.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
  ASSERT_TRUE(scene.over());
  EXPECT_EQ(Code::idle_timeout, seen.code);
  EXPECT_EQ(net::Side::client, seen.side);
}

TEST(ServerConnection, a_client_that_does_not_read_runs_into_the_timeout) {
  ServerSettings settings;
  settings.body = Duration(150);
  Scene scene(settings);
  std::optional<net::Failure> seen;
  scene.handler.script = [&](ClientSide& client, RequestHead&) -> Task<> {
    const std::string body(4 << 20, 'x');
    const auto head = response(200, BodySize::of(body.size()));
    const auto ok = co_await client.write_head(head, {body, true, nullptr});
    if (!ok) seen = ok.error();
  };
  scene.send(get);
  ASSERT_TRUE(scene.loop.until([&] { return seen.has_value(); }));
  EXPECT_EQ(Code::idle_timeout, seen->code);
}

TEST(ServerConnection, a_reader_keeps_its_deadline_when_a_write_beside_it_ends) {
  ServerSettings settings;
  settings.body = Duration(300);
  Scene scene(settings);
  std::optional<net::Failure> read_failure;
  std::optional<bool> written;
  const std::string body(4 << 20, 'x');
  // Upload and download at once: the client reads all of the answer and never sends the rest of its body.
  auto write = [&](ClientSide& client) -> Task<> {
    const auto head = response(200, BodySize::of(body.size()));
    const auto ok = co_await client.write_head(head, {body, true, nullptr});
    written = ok.has_value();
  };
  scene.handler.script = [&](ClientSide& client, RequestHead& request) -> Task<> {
    scene.loop.worker.spawn(write(client));
    const auto all = co_await read_whole(client, request);
    if (!all) read_failure = all.error();
    client.abort();
  };
  scene.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
  ASSERT_TRUE(scene.loop.until([&] { return scene.peer.pull(), written.has_value(); }));
  EXPECT_TRUE(*written);
  ASSERT_TRUE(scene.loop.until([&] { return read_failure.has_value(); }, Duration(5'000)));
  EXPECT_EQ(Code::idle_timeout, read_failure->code);
}

TEST(ServerConnection, a_small_body_that_nobody_read_is_dropped_and_the_connection_kept) {
  Scene scene;
  scene.handler.script = [&](ClientSide& client, RequestHead& request) -> Task<> {
    const auto head = response(404, BodySize::of(0));
    (void)request;
    (void)co_await client.write_head(head, {{}, true, nullptr});
  };
  scene.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n" + std::string(400, 'x'));
  ASSERT_TRUE(scene.answered("404"));
  scene.handler.script = echo;
  scene.send(std::string(600, 'x') + get);
  ASSERT_TRUE(scene.answered("GET /a "));
}

TEST(ServerConnection, a_100_and_then_the_answer) {
  Scene scene;
  scene.handler.script = [](ClientSide& client, RequestHead& request) -> Task<> {
    const auto go_on = response(100);
    (void)co_await client.write_head(go_on, {});
    co_await echo(client, request);
  };
  scene.send("PUT /e HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ("HTTP/1.1 100 Continue\r\n\r\n", scene.got());
  scene.send("hello");
  ASSERT_TRUE(scene.answered("PUT /e hello"));
  scene.send(get);
  EXPECT_TRUE(scene.answered("GET /a "));
}

TEST(ServerConnection, draining_ends_idle_ones_now_and_busy_ones_behind_their_answer) {
  Scene scene;
  net::Waiter gate;
  scene.handler.script = [&](ClientSide& client, RequestHead& request) -> Task<> {
    co_await gate.wait();
    co_await echo(client, request);
  };
  auto idle = net::test::connected(scene.loop);
  scene.server->accept(std::move(idle.stream), {});
  scene.send(get);
  scene.server->drain();
  EXPECT_TRUE(scene.loop.until([&] { return idle.peer.pull(), idle.peer.over(); }));
  EXPECT_FALSE(scene.peer.over());
  gate.notify();
  ASSERT_TRUE(scene.over());
  EXPECT_EQ(1U, scene.count("connection: close"));
  EXPECT_EQ(1U, scene.count("GET /a "));
}

TEST(ServerConnection, a_request_that_is_cut_is_never_handled_as_whole) {
  const std::string request = "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: v\r\n\r\n";
  for (std::size_t cut = 0; cut != request.size(); ++cut) {
    Scene scene;
    scene.send(std::string_view(request).substr(0, cut));
    scene.peer.finish();
    ASSERT_TRUE(scene.over()) << cut;
    EXPECT_EQ(0U, scene.count("POST /x abc")) << cut;
  }
}

TEST(ServerConnection, an_answer_that_was_given_up_is_no_clean_end) {
  Scene scene({}, true);
  scene.handler.script = [](ClientSide& client, RequestHead&) -> Task<> {
    const auto head = response(200, BodySize::unknown());
    const std::string half = "half";
    (void)co_await client.write_head(head, {half, false, nullptr});
  };
  scene.send(get);
  ASSERT_TRUE(scene.over());
  EXPECT_TRUE(scene.peer.broken);
  EXPECT_EQ(0U, scene.count("0\r\n\r\n"));
}

TEST(ServerConnection, no_answer_at_all_is_no_clean_end) {
  Scene scene({}, true);
  scene.handler.script = [](ClientSide&, RequestHead&) -> Task<> { co_return; };
  scene.send(get);
  ASSERT_TRUE(scene.over());
  EXPECT_TRUE(scene.peer.broken);
}

TEST(ServerConnection, a_watcher_hears_of_a_client_that_leaves) {
  Scene scene;
  bool gone = false;
  net::Waiter gate;
  scene.handler.script = [&](ClientSide& client, RequestHead&) -> Task<> {
    client.watch([&] {
      gone = true;
      gate.notify();
    });
    co_await gate.wait();
    client.abort();
  };
  scene.send(get + get);  // what comes behind the request is no end
  EXPECT_FALSE(gone);
  scene.peer.close();
  EXPECT_TRUE(scene.loop.until([&] { return gone; }));
}

TEST(ServerConnection, a_malformed_request_is_refused_and_the_connection_closed) {
  Scene scene;
  scene.send("GET / HTTP/1.1\r\nHost : h\r\n\r\n" + get);
  EXPECT_EQ(1U, (scene.got(), scene.count("HTTP/1.1 400")));
  EXPECT_EQ(0, scene.handler.handled);
  scene.peer.finish();
  EXPECT_TRUE(scene.over());
  EXPECT_EQ(1U, scene.count("HTTP/1.1 "));
}

TEST(ServerConnection, a_tunnel_carries_bytes_and_half_ends) {
  Scene scene;
  scene.handler.script = [](ClientSide& client, RequestHead& request) -> Task<> {
    EXPECT_EQ(Tunnel::websocket, request.tunnel);
    auto head = response(101, BodySize::unknown());
    head.tunnel = Tunnel::websocket;
    head.protocol = "websocket";
    (void)co_await client.write_head(head, {});
    for (;;) {
      const auto piece = co_await client.read_body();
      if (!piece) co_return client.abort();
      (void)co_await client.write_body(*piece);
      if (piece->last) co_return;
    }
  };
  scene.send(
      "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\nearly");
  ASSERT_TRUE(scene.answered("\r\n\r\nearly"));
  EXPECT_EQ(1U, scene.count("HTTP/1.1 101"));
  scene.send("later");
  ASSERT_TRUE(scene.answered("earlylater"));
  scene.peer.finish();
  ASSERT_TRUE(scene.over());
  EXPECT_TRUE(scene.peer.ended);
}

TEST(ServerConnection, a_tunnel_ends_behind_its_last_bytes) {
  Scene scene;
  scene.handler.script = [](ClientSide& client, RequestHead&) -> Task<> {
    auto head = response(101, BodySize::unknown());
    head.tunnel = Tunnel::websocket;
    head.protocol = "websocket";
    (void)co_await client.write_head(head, {});
    const Chunk last{std::string_view("goodbye"), true, nullptr};
    (void)co_await client.write_body(last);
  };
  scene.send(
      "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  ASSERT_TRUE(scene.answered("\r\n\r\ngoodbye"));
  ASSERT_TRUE(scene.over());
  EXPECT_TRUE(scene.peer.ended);
}

TEST(ServerConnection, stop_ends_everything_at_every_moment) {
  const std::string request = "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
  for (std::size_t cut = 0; cut <= request.size(); ++cut) {
    Scene scene;
    scene.send(std::string_view(request).substr(0, cut));
    scene.server->stop();
    EXPECT_TRUE(scene.loop.until([&] { return scene.server->connections() == 0; })) << cut;
  }
}

}  // namespace
}  // namespace gw::http::test
