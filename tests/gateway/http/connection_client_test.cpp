#include <gtest/gtest.h>

#include "gateway/http/client.hpp"
#include "tests/gateway/http/connection_scene.hpp"

namespace gw::http::test {
namespace {

RequestHead request(std::string method, std::string path = "/") {
  RequestHead head;
  head.method = std::move(method);
  head.authority = "app";
  head.path = std::move(path);
  return head;
}

/// An upstream whose bytes the test plays.
struct Called {
  explicit Called(const ClientTimeouts& timeouts = {}) {
    auto ends = net::test::connected(loop, net::Side::upstream);
    peer = std::move(ends.peer);
    connection = h1_client(std::move(ends.stream), timeouts);
  }
  /// One whole exchange: the answer's bytes are there before it is read.
  Result<Answer> exchange(RequestHead head, std::string_view answer, std::string_view body = {}, bool end = false) {
    peer.send(answer);
    if (end) peer.finish();
    return loop.run(fetch(*connection, std::move(head), body));
  }
  Loop loop;
  Peer peer;
  std::unique_ptr<ClientConnection> connection;
};

struct Case {
  const char* what;
  const char* method;
  const char* answer;
  bool reusable;
  const char* body = "";
};

class Reuse : public testing::TestWithParam<Case> {};

TEST_P(Reuse, is_decided_by_the_exchange) {
  const auto& [what, method, answer, reusable, body] = GetParam();
  Called called;
  const auto got = called.exchange(request(method), answer, body);
  ASSERT_TRUE(got) << what << net::name(got.error().code);
  EXPECT_EQ(reusable, called.connection->reusable()) << what;
}

INSTANTIATE_TEST_SUITE_P(
    ClientConnection, Reuse,
    testing::Values(
        Case{"a length", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", true},
        Case{"chunks", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", true},
        Case{"an empty body", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true},
        Case{"HTTP/1.0 kept", "GET", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", true},
        Case{"an interim before", "GET", "HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true},
        Case{"POST with a body", "POST", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true, "body"}));

INSTANTIATE_TEST_SUITE_P(
    Rule39, Reuse,
    testing::Values(Case{"bytes behind the answer", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200", false},
                    Case{"a body behind 204", "GET", "HTTP/1.1 204 No\r\n\r\nx", false},
                    Case{"a body behind 304", "GET", "HTTP/1.1 304 No\r\nContent-Length: 1\r\n\r\nx", false},
                    Case{"304 with a length", "GET", "HTTP/1.1 304 No\r\nContent-Length: 100\r\n\r\n", true},
                    Case{"HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", true},
                    Case{"HEAD with a body", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", false}));

INSTANTIATE_TEST_SUITE_P(Rule40, Reuse,
                         testing::Values(Case{
                             "both framings", "GET",
                             "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", false}));

INSTANTIATE_TEST_SUITE_P(Rule41, Reuse,
                         testing::Values(Case{"close", "GET",
                                              "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", false},
                                         Case{"HTTP/1.0", "GET", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", false}));

INSTANTIATE_TEST_SUITE_P(
    Rule44, Reuse,
    testing::Values(Case{"GET with a body", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false, "body"},
                    Case{"HEAD with a body", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false, "body"},
                    Case{"OPTIONS with a body", "OPTIONS", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false, "body"},
                    Case{"DELETE with a body", "DELETE", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false, "body"}));

TEST(Rule41, what_is_not_over_is_not_used_again) {
  // The answer's head is here and its body is not; then the answer is whole and the request is not.
  Called half;
  half.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
  auto& unread = half.connection->exchange();
  const auto get_it = request("GET");
  ASSERT_TRUE(half.loop.run(unread.write_head(get_it, {{}, true, nullptr})));
  ASSERT_TRUE(half.loop.run(unread.read_head()));
  EXPECT_FALSE(half.connection->reusable());

  Called early;
  early.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  auto& unsent = early.connection->exchange();
  auto post = request("POST");
  post.body = BodySize::of(5);
  ASSERT_TRUE(early.loop.run(unsent.write_head(post, {std::string_view{"hel"}, false, nullptr})));
  ASSERT_TRUE(early.loop.run(unsent.read_head()));
  EXPECT_FALSE(early.connection->reusable());
}

TEST(ClientConnection, serves_one_exchange_after_another) {
  Called called;
  for (int i = 0; i != 3; ++i) {
    const auto got =
        called.exchange(request("POST", "/" + std::to_string(i)), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "hello");
    ASSERT_TRUE(got);
    EXPECT_EQ("ok", got->body);
    ASSERT_TRUE(called.connection->reusable());
  }
  called.peer.pull();
  EXPECT_NE(std::string::npos, called.peer.received.find("POST /2 HTTP/1.1\r\nhost: app\r\ncontent-length: 5\r\n\r\nhello"));
}

TEST(ClientConnection, a_body_until_the_end_is_whole_with_the_end) {
  Called called;
  const auto got = called.exchange(request("GET"), "HTTP/1.1 200 OK\r\n\r\nall there is", {}, true);
  ASSERT_TRUE(got);
  EXPECT_EQ("all there is", got->body);
  EXPECT_FALSE(called.connection->reusable());
}

TEST(ClientConnection, an_answer_that_is_cut_is_never_whole) {
  const std::string answers[] = {
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
      "HTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: "
      "v\r\n\r\n",
  };
  for (const auto& answer : answers)
    for (std::size_t cut = 0; cut != answer.size(); ++cut) {
      Called called;
      const auto got = called.exchange(request("GET"), std::string_view(answer).substr(0, cut), {}, true);
      ASSERT_FALSE(got) << cut;
      EXPECT_EQ(net::Side::upstream, got.error().side) << cut;
      EXPECT_EQ(cut == 0 ? Code::closed : Code::truncated, got.error().code) << cut;
      // Nothing of an answer was seen: a retry may be safe; afterwards never (rule 45).
      EXPECT_EQ(cut == 0 ? net::Retry::if_reused : net::Retry::never, got.error().retry) << cut;
      EXPECT_FALSE(called.connection->reusable()) << cut;
    }
}

TEST(ClientConnection, an_upstream_that_does_not_answer_runs_into_the_timeout) {
  Called called({Duration(100), Duration(100)});
  const auto none = called.exchange(request("GET"), "");
  ASSERT_FALSE(none);
  EXPECT_EQ((net::Failure{Code::first_byte_timeout, net::Side::upstream, net::Retry::never}), none.error());

  Called stuck({Duration(5'000), Duration(100)});
  const auto half = stuck.exchange(request("GET"), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
  ASSERT_FALSE(half);
  EXPECT_EQ(Code::idle_timeout, half.error().code);
  EXPECT_FALSE(stuck.connection->reusable());
}

TEST(ClientConnection, the_time_for_an_answer_begins_behind_the_request) {
  // An upload takes as long as it moves, also when the app has nothing to say before its end.
  Called called({Duration(300), Duration(5'000)});
  auto& exchange = called.connection->exchange();
  auto head = request("POST");
  head.body = BodySize::unknown();
  std::optional<Result<ResponseHead*>> answer;
  auto read = [&]() -> Task<> { answer = co_await exchange.read_head(); };
  ASSERT_TRUE(called.loop.run(exchange.write_head(head, {std::string_view{"a"}, false, nullptr})));
  called.loop.worker.spawn(read());
  for (int i = 0; i != 8; ++i) {
    const auto later = net::Clock::now() + Duration(100);
    called.loop.until([&] { return net::Clock::now() >= later || answer; });
    ASSERT_FALSE(answer) << i;
    ASSERT_TRUE(called.loop.run(exchange.write_body({std::string_view{"b"}, false, nullptr})));
  }
  ASSERT_TRUE(called.loop.run(exchange.write_body({{}, true, nullptr})));
  // And then it does begin.
  const auto whole = net::Clock::now();
  ASSERT_TRUE(called.loop.until([&] { return answer.has_value(); }));
  EXPECT_EQ(Code::first_byte_timeout, answer->error().code);
  EXPECT_GE(net::Clock::now() - whole, Duration(290));
}

TEST(ClientConnection, a_head_that_trickles_in_has_no_more_time_than_another) {
  Called called({Duration(300), Duration(5'000)});
  std::optional<Result<Answer>> answer;
  auto call = [&]() -> Task<> { answer = co_await fetch(*called.connection, request("GET"), {}); };
  called.loop.worker.spawn(call());
  const auto began = net::Clock::now();
  called.peer.send("HTTP/1.1 200 OK\r\nX: ");
  auto next = began;
  ASSERT_TRUE(called.loop.until([&] {
    if (net::Clock::now() >= next) {
      called.peer.send("x");
      next += Duration(50);
    }
    return answer.has_value();
  }));
  EXPECT_EQ(Code::first_byte_timeout, answer->error().code);
  EXPECT_LE(net::Clock::now() - began, Duration(1'500));
}

TEST(ClientConnection, an_app_that_takes_no_more_of_the_body_still_has_to_answer_in_time) {
  // Over a UNIX socket an app may shut its receiving side; its answer would never be missed otherwise.
  Called called({Duration(200), Duration(5'000)});
  auto& exchange = called.connection->exchange();
  auto head = request("POST");
  head.body = BodySize::of(100);
  std::optional<Result<ResponseHead*>> answer;
  auto read = [&]() -> Task<> { answer = co_await exchange.read_head(); };
  ASSERT_TRUE(called.loop.run(exchange.write_head(head, {std::string_view{"a"}, false, nullptr})));
  called.loop.worker.spawn(read());
  ASSERT_EQ(0, ::shutdown(called.peer.descriptor(), SHUT_RD));
  EXPECT_FALSE(called.loop.run(exchange.write_body({std::string_view{"b"}, false, nullptr})));
  ASSERT_TRUE(called.loop.until([&] { return answer.has_value(); }));
  EXPECT_EQ(Code::first_byte_timeout, answer->error().code);
}

TEST(ClientConnection, sends_chunks_and_trailers) {
  Called called;
  auto head = request("POST");
  head.body = BodySize::unknown();
  const std::string large(20'000, 'L');
  Fields trailers;
  trailers.add("x-sum", "7");
  const std::string first = "first";
  auto send = [&]() -> Task<bool> {
    auto& exchange = called.connection->exchange();
    EXPECT_TRUE(co_await exchange.write_head(head, {first, false, nullptr}));
    EXPECT_TRUE(co_await exchange.write_body({large, false, nullptr}));
    EXPECT_TRUE(co_await exchange.write_body({{}, true, &trailers}));
    co_return true;
  };
  called.loop.run(send());
  called.peer.pull();
  EXPECT_TRUE(called.peer.received.ends_with("\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n4e20\r\n" + large +
                                             "\r\n0\r\nx-sum: 7\r\n\r\n"));
}

TEST(ClientConnection, a_full_socket_gets_the_whole_request_later) {
  Called called;
  auto head = request("POST");
  head.body = BodySize::unknown();
  head.fields.add("x-long", std::string(30'000, 'f'));
  const std::string large(8 << 20, 'L');
  bool done = false;
  auto send = [&]() -> Task<> {
    EXPECT_TRUE(co_await called.connection->exchange().write_head(head, {large, true, nullptr}));
    done = true;
  };
  called.loop.worker.spawn(send());
  called.loop.settle();
  EXPECT_FALSE(done);
  ASSERT_TRUE(called.loop.until([&] { return called.peer.pull(), done; }));
  called.peer.pull();
  EXPECT_TRUE(called.peer.received.ends_with("\r\n\r\n800000\r\n" + large + "\r\n0\r\n\r\n"));
}

TEST(ClientConnection, what_arrives_while_nobody_asks_is_told) {
  Called called;
  ASSERT_TRUE(called.exchange(request("GET"), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  int told = 0;
  called.connection->exchange().watch([&] { ++told; });
  called.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
  called.loop.settle();
  EXPECT_EQ(1, told);
}

TEST(ClientConnection, a_larger_answer_than_asked_for_is_refused) {
  Called called;
  called.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789");
  const auto got = called.loop.run(fetch(*called.connection, request("GET"), {}, 9));
  ASSERT_FALSE(got);
  EXPECT_EQ(Code::body_too_large, got.error().code);
}

TEST(ClientConnection, a_tunnel_ends_behind_its_last_bytes) {
  Called called;
  auto head = request("GET", "/attach");
  head.tunnel = Tunnel::upgrade;
  head.protocol = "tcp";
  ASSERT_TRUE(called.exchange(head, "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"));
  ASSERT_TRUE(called.loop.run(called.connection->exchange().write_body({std::string_view("goodbye"), true, nullptr})));
  ASSERT_TRUE(called.loop.until([&] { return called.peer.pull(), called.peer.over(); }));
  EXPECT_TRUE(called.peer.ended);
  EXPECT_TRUE(called.peer.received.ends_with("\r\n\r\ngoodbye"));
}

TEST(ClientConnection, a_tunnel_hands_its_stream_over_with_what_has_arrived) {
  Called called;
  auto head = request("POST", "/attach");
  head.tunnel = Tunnel::upgrade;
  head.protocol = "tcp";
  const auto got = called.exchange(head, "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nhello");
  ASSERT_TRUE(got);
  EXPECT_EQ(Tunnel::upgrade, got->head.tunnel);
  EXPECT_FALSE(called.connection->reusable());
  const auto stream = called.connection->take_stream();
  EXPECT_EQ("hello", net::test::text(stream->input()));
  EXPECT_FALSE(called.connection->reusable());
}

}  // namespace
}  // namespace gw::http::test
