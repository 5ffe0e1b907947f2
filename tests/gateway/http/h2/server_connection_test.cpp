// The server's end of HTTP/2, frame by frame: streams, flow control, the end.

#include <gtest/gtest.h>

#include "tests/gateway/http/h2/frames.hpp"

namespace gw::http::test::h2 {
namespace {

TEST(Http2, tells_its_settings_and_acknowledges_the_clients) {
  Client client;
  const Frame* ours = client.wait(settings, 0);
  ASSERT_NE(nullptr, ours);
  ASSERT_NE(nullptr, client.wait(settings, 0, ack));
  std::map<int, std::uint32_t> told;
  for (const auto& one : client.frames)
    for (std::size_t at = 0; one.type == settings && at + 6 <= one.payload.size(); at += 6)
      told[one.payload[at + 1]] = number_in(std::string_view(one.payload).substr(at + 2));
  EXPECT_EQ(100U, told[3]) << "concurrent streams";
  EXPECT_EQ(256U * 1024, told[4]) << "what a stream may send ahead";
  EXPECT_EQ(64U * 1024, told[6]) << "bytes of a field list";
  EXPECT_EQ(1U, told[8]) << "extended CONNECT";
}

TEST(Http2, answers_requests_and_pings) {
  Client client;
  client.say(ping, 0, 0, "12345678");
  client.get(1);
  const Frame* pong = client.wait(ping, 0, ack);
  ASSERT_NE(nullptr, pong);
  EXPECT_EQ("12345678", pong->payload);
  const Frame* body = client.wait(data, 1, end_stream);
  ASSERT_NE(nullptr, body);
  EXPECT_EQ("GET /a ", body->payload);
}

TEST(Http2, a_preface_that_trickles_is_one) {
  Scene scene;
  for (const char c : std::string(preface) + frame(settings, 0, 0, "")) scene.send({&c, 1});
  EXPECT_TRUE(scene.answered(std::string("\0\0\0\4\1\0\0\0\0", 9)));
}

TEST(Http2, is_not_spoken_where_it_is_switched_off) {
  Scene scene;
  auto ends = net::test::connected(scene.loop);
  ConnectionInfo info;
  info.http2 = false;
  scene.server->accept(std::move(ends.stream), info);
  ends.peer.send(preface);
  EXPECT_TRUE(scene.loop.until([&] { return !scene.handler.refused.empty(); }));
  EXPECT_EQ(Code::http2_not_spoken, scene.handler.refused.at(0).code);
}

TEST(Http2, what_begins_as_http_1_stays_it) {
  Scene scene;
  scene.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n" + std::string(preface));
  EXPECT_TRUE(scene.answered("GET /a "));
  EXPECT_TRUE(scene.loop.until([&] { return !scene.handler.refused.empty(); }));
  EXPECT_EQ(Code::http2_not_spoken, scene.handler.refused.at(0).code);
}

TEST(Http2, streams_are_answered_in_any_order) {
  Client client;
  net::Waiter go;
  client.handler.script = [&](ClientSide& side, RequestHead& request) -> Task<> {
    if (request.path == "/slow") co_await go.wait();
    co_await echo(side, request);
  };
  client.get(1, head("GET", "/slow"));
  client.get(3, head("GET", "/fast"));
  ASSERT_NE(nullptr, client.wait(data, 3, end_stream));
  EXPECT_FALSE(client.has(headers, 1));
  go.notify();
  ASSERT_NE(nullptr, client.wait(data, 1, end_stream));
  EXPECT_EQ("GET /slow ", client.body_of(1));
}

TEST(Http2, a_request_body_and_its_trailers_arrive) {
  Client client;
  client.post(1);
  client.say(data, 0, 1, "one ");
  client.loop.settle();
  client.say(data, 0, 1, "two");
  client.say(headers, end_headers | end_stream, 1, field("x-sum", "7"));
  ASSERT_NE(nullptr, client.wait(data, 1, end_stream));
  EXPECT_EQ("POST /a one two[x-sum=7]", client.body_of(1));
}

TEST(Http2, response_trailers_end_the_stream) {
  Client client;
  client.handler.script = [](ClientSide& side, RequestHead&) -> Task<> {
    const auto answer = response(200, BodySize::unknown());
    Fields trailers;
    trailers.add("grpc-status", "0");
    (void)co_await side.write_head(answer, {});
    (void)co_await side.write_body({std::string_view("abc"), false, nullptr});
    (void)co_await side.write_body({{}, true, &trailers});
  };
  client.get(1);
  const Frame* last = client.wait(headers, 1, end_stream);
  ASSERT_NE(nullptr, last);
  EXPECT_EQ("abc", client.body_of(1));
}

TEST(Http2, interim_heads_come_before_the_final_one) {
  Client client;
  client.handler.script = [](ClientSide& side, RequestHead&) -> Task<> {
    const auto early = response(103);
    (void)co_await side.write_head(early, {});
    const auto answer = response(204);
    (void)co_await side.write_head(answer, {});
  };
  client.get(1);
  ASSERT_NE(nullptr, client.wait(headers, 1, end_stream));
  int heads = 0;
  for (const auto& one : client.frames) heads += one.type == headers ? 1 : 0;
  EXPECT_EQ(2, heads);
}

TEST(Http2, a_reset_stream_is_told_to_its_handler_and_to_no_other) {
  Client client;
  bool gone = false;
  client.handler.script = [&](ClientSide& side, RequestHead& request) -> Task<> {
    co_await wait_until_gone(side, request);
    gone = true;
  };
  client.get(1);
  ASSERT_TRUE(client.loop.until([&] { return client.handler.handled == 1; }));
  client.say(rst_stream, 0, 1, number(cancel));
  EXPECT_TRUE(client.loop.until([&] { return gone; }));
  EXPECT_TRUE(client.alive(3));
}

TEST(Http2, a_client_that_vanishes_is_told_to_all_handlers) {
  Client client;
  int gone = 0;
  client.handler.script = [&](ClientSide& side, RequestHead& request) -> Task<> {
    co_await wait_until_gone(side, request);
    ++gone;
  };
  client.get(1);
  client.get(3);
  ASSERT_TRUE(client.loop.until([&] { return client.handler.handled == 2; }));
  client.peer.close();
  EXPECT_TRUE(client.loop.until([&] { return gone == 2; }));
}

TEST(Http2, a_stream_that_is_reset_before_its_turn_harms_nobody) {
  // More streams than coroutines that wait for work: some begin in a later turn, when they are closed already.
  Client client;
  client.handler.script = wait_until_gone;
  std::string burst;
  for (std::uint32_t stream = 1; stream != 101; stream += 2) burst += frame(headers, end_headers | end_stream, stream, head());
  client.peer.send(burst);
  std::string resets;
  for (std::uint32_t stream = 1; stream != 101; stream += 2) resets += frame(rst_stream, 0, stream, number(cancel));
  client.loop.worker.post([&] { client.peer.send(resets); });
  client.loop.settle();
  EXPECT_TRUE(client.alive(201));
  client.handler.script = wait_until_gone;
  burst.clear();
  for (std::uint32_t stream = 301; stream != 401; stream += 2)
    burst += frame(headers, end_headers | end_stream, stream, head());
  client.peer.send(burst);
  client.peer.close();
}

TEST(Http2, an_answer_waits_for_the_clients_window) {
  Client client;
  const std::string big(100'000, 'x');
  client.handler.script = [&](ClientSide& side, RequestHead&) -> Task<> {
    const auto answer = response(200, BodySize::of(big.size()));
    (void)co_await side.write_head(answer, {big, true, nullptr});
  };
  client.get(1);
  ASSERT_NE(nullptr, client.wait(data, 1));
  EXPECT_EQ(65'535U, client.body_of(1).size());
  client.say(window_update, 0, 0, number(50'000));
  EXPECT_EQ(65'535U, client.body_of(1).size()) << "the stream has a window of its own";
  client.say(window_update, 0, 1, number(50'000));
  ASSERT_NE(nullptr, client.wait(data, 1, end_stream));
  EXPECT_EQ(big.size(), client.body_of(1).size());
}

TEST(Http2, a_long_answer_leaves_in_pieces_and_the_others_go_on) {
  Client client;
  const std::string big(3'000'000, 'x');
  client.handler.script = [&](ClientSide& side, RequestHead& request) -> Task<> {
    if (request.path != "/big") co_return co_await echo(side, request);
    const auto answer = response(200, BodySize::of(big.size()));
    (void)co_await side.write_head(answer, {big, true, nullptr});
  };
  client.say(window_update, 0, 0, number(1U << 30));
  client.say(settings, 0, 0, setting(4, 1U << 30));
  client.get(1, head("GET", "/big"));
  client.get(3);
  ASSERT_NE(nullptr, client.wait(data, 3, end_stream));
  ASSERT_NE(nullptr, client.wait(data, 1, end_stream));
  EXPECT_EQ(big.size(), client.body_of(1).size());
}

TEST(Http2, credit_goes_out_when_the_handler_reads) {
  Client client;
  net::Waiter go;
  std::size_t read = 0;
  client.handler.script = [&](ClientSide& side, RequestHead&) -> Task<> {
    co_await go.wait();
    for (bool more = true; more;) {
      const auto piece = co_await side.read_body();
      if (!piece) co_return side.abort();
      read += piece->data.size();
      more = !piece->last;
    }
    const auto answer = response(204);
    (void)co_await side.write_head(answer, {});
  };
  client.post(1);
  client.loop.settle();
  client.pull();
  client.frames.clear();
  const std::string piece(16'000, 'x');
  for (int i = 0; i != 16; ++i) {
    client.say(data, 0, 1, piece);
    client.loop.settle();
  }
  EXPECT_FALSE(client.has(window_update, 1)) << "nobody has read anything";
  go.notify();
  EXPECT_NE(nullptr, client.wait(window_update, 1));
  client.say(data, end_stream, 1, piece);
  EXPECT_NE(nullptr, client.wait(headers, 1));
  EXPECT_EQ(17U * 16'000, read);
}

TEST(Http2, what_nobody_read_is_given_back_to_the_connection) {
  // Ten streams that fill half the connection's window each, and are reset unread.
  Client client;
  client.handler.script = wait_until_gone;
  const std::string piece(16'000, 'x');
  for (std::uint32_t stream = 1; stream != 21; stream += 2) {
    client.post(stream);
    for (int i = 0; i != 16; ++i) {
      client.say(data, 0, stream, piece);
      client.loop.settle();
    }
    client.say(rst_stream, 0, stream, number(cancel));
    client.loop.settle();
  }
  EXPECT_FALSE(client.has(goaway, 0));
  EXPECT_TRUE(client.alive(31));
}

TEST(Http2, what_follows_a_whole_answer_is_dropped_for_a_while) {
  ServerSettings quick;
  quick.linger_total = Duration(300);
  Client client(quick);
  client.handler.script = [](ClientSide& side, RequestHead&) -> Task<> {
    const auto answer = response(413, BodySize::of(0));
    (void)co_await side.write_head(answer, {});
  };
  client.post(1);
  ASSERT_NE(nullptr, client.wait(headers, 1, end_stream));
  EXPECT_FALSE(client.has(rst_stream, 1)) << "a client in the middle of its upload takes that for a broken stream";
  // More than the window of the stream: what is dropped is given credit for.
  for (int i = 0; i != 24; ++i) {
    client.say(data, 0, 1, std::string(16'000, 'x'));
    client.loop.settle();
  }
  EXPECT_NE(nullptr, client.wait(window_update, 1));
  EXPECT_EQ(no_error, client.error_of(1));
  client.say(data, 0, 1, std::string(16'000, 'x'));
  EXPECT_TRUE(client.alive(3)) << "what was on its way to a stream that we have reset is dropped";
}

TEST(Http2, an_upload_that_was_not_invited_ends_with_the_answer) {
  Client client;
  client.handler.script = [](ClientSide& side, RequestHead&) -> Task<> {
    const auto answer = response(413, BodySize::of(0));
    (void)co_await side.write_head(answer, {});
  };
  client.post(1, field("expect", "100-continue"));
  ASSERT_NE(nullptr, client.wait(headers, 1, end_stream));
  EXPECT_EQ(no_error, client.error_of(1));
}

TEST(Http2, a_handler_that_gives_up_resets_its_stream_only) {
  Client client;
  client.handler.script = [](ClientSide& side, RequestHead&) -> Task<> {
    const auto answer = response(200, BodySize::of(10));
    (void)co_await side.write_head(answer, {std::string_view("abc"), false, nullptr});
    side.abort();
  };
  client.get(1);
  EXPECT_EQ(internal_error, client.error_of(1));
  EXPECT_TRUE(client.alive(3));
}

TEST(Http2, a_drain_loses_no_stream_that_is_on_its_way) {
  Client client;
  net::Waiter go;
  client.handler.script = [&](ClientSide& side, RequestHead& request) -> Task<> {
    if (request.path == "/slow") co_await go.wait();
    co_await echo(side, request);
  };
  client.get(1, head("GET", "/slow"));
  ASSERT_TRUE(client.loop.until([&] { return client.handler.handled == 1; }));
  client.server->drain();
  const Frame* told = client.wait(goaway, 0);
  ASSERT_NE(nullptr, told);
  EXPECT_EQ(0x7FFFFFFFU, number_in(told->payload)) << "a notice that names no stream";
  const Frame* asked = client.wait(ping, 0);
  ASSERT_NE(nullptr, asked);
  client.get(3);
  client.say(ping, ack, 0, asked->payload);
  ASSERT_NE(nullptr, client.wait(data, 3, end_stream));
  ASSERT_TRUE(client.loop.until([&] { return client.pull(), number_in(client.wait(goaway, 0)->payload) == 3; }));
  client.get(5);
  client.loop.settle();
  EXPECT_EQ(2, client.handler.handled) << "a stream behind the last word";
  go.notify();
  EXPECT_NE(nullptr, client.wait(data, 1, end_stream));
  EXPECT_TRUE(client.ended());
}

TEST(Http2, an_idle_connection_is_told_and_ended) {
  ServerSettings quick;
  quick.idle = Duration(200);
  Client client(quick);
  ASSERT_TRUE(client.alive(1));
  EXPECT_EQ(no_error, client.error_of(0));
  EXPECT_TRUE(client.ended());
}

TEST(Http2, a_client_that_says_goodbye_is_let_go) {
  Client client;
  ASSERT_TRUE(client.alive(1));
  client.say(goaway, 0, 0, number(0) + number(0));
  EXPECT_TRUE(client.ended());
}

TEST(Http2, what_is_no_http2_ends_the_connection) {
  Scene scene;
  scene.send("PRI * HTTP/2.0\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(scene.over());
  EXPECT_EQ(0, scene.handler.handled);
}

}  // namespace
}  // namespace gw::http::test::h2
