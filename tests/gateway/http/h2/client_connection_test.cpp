// Our end of HTTP/2 to an upstream, whose frames the test plays.

#include <gtest/gtest.h>

#include "gateway/http/client.hpp"
#include "tests/gateway/http/h2/frames.hpp"

namespace gw::http::test::h2 {
namespace {

RequestHead request(std::string method = "GET", std::string path = "/a") {
  RequestHead head;
  head.method = std::move(method);
  head.authority = "app";
  head.path = std::move(path);
  return head;
}

std::string answer(std::string_view status, std::string_view more = "") { return field(":status", status) + std::string(more); }

struct Upstream {
  explicit Upstream(net::Duration idle = net::Duration(60'000)) {
    auto ends = net::test::connected(loop, net::Side::upstream);
    peer = std::move(ends.peer);
    connection = h2_client(std::move(ends.stream), idle);
  }
  ~Upstream() {
    if (connection) connection->part();
    connection.reset();
    peer.close();
    loop.settle();
  }
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  void greet(std::string_view settings_payload = "") { say(settings, 0, 0, settings_payload); }
  void say(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::string_view payload = "") {
    peer.send(frame(type, flags, stream, payload));
    loop.settle();
  }
  const Frame* wait(std::uint8_t type, std::uint32_t stream, std::uint8_t flags = 0) {
    const Frame* found = nullptr;
    (void)loop.until([&] {
      take_frames();
      for (const auto& one : frames)
        if (one.type == type && one.stream == stream && (one.flags & flags) == flags) found = &one;
      return found != nullptr;
    });
    return found;
  }
  void take_frames() {
    peer.pull();
    if (!greeted && peer.received.size() >= preface.size()) {
      EXPECT_TRUE(peer.received.starts_with(preface));
      peer.received.erase(0, preface.size());
      greeted = true;
    }
    while (greeted && peer.received.size() >= 9) {
      const std::string_view all = peer.received;
      const std::size_t size = number_in(std::string(1, '\0') + std::string(all.substr(0, 3)));
      if (all.size() < 9 + size) return;
      frames.push_back({static_cast<std::uint8_t>(all[3]), static_cast<std::uint8_t>(all[4]), number_in(all.substr(5)),
                        std::string(all.substr(9, size))});
      peer.received.erase(0, 9 + size);
    }
  }
  /// Starts an exchange of one request; its result is in `got` when it has one.
  void fetch(std::string body = "", RequestHead head = request("POST"), ClientTimeouts timeouts = {}) {
    loop.worker.spawn(run(std::move(head), std::move(body), timeouts));
    loop.settle();
  }
  Task<> run(RequestHead head, std::string body, ClientTimeouts timeouts) {
    const auto share = connection->exchange(timeouts);
    if (!share) {
      got.emplace_back(net::Failure{Code::saturated, net::Side::gateway, net::Retry::never});
      co_return;
    }
    got.push_back(co_await http::fetch(*share, std::move(head), body));
  }
  bool answered(std::size_t count = 1) {
    return loop.until([&] { return got.size() >= count; });
  }

  Loop loop;
  Peer peer;
  std::shared_ptr<SharedConnection> connection;
  std::vector<Frame> frames;
  std::vector<Result<Answer>> got;
  bool greeted = false;
};

TEST(Http2Client, sends_a_request_and_reads_the_answer) {
  Upstream upstream;
  upstream.greet();
  upstream.fetch("hello");
  ASSERT_NE(nullptr, upstream.wait(headers, 1, end_headers));
  const Frame* body = upstream.wait(data, 1, end_stream);
  ASSERT_NE(nullptr, body);
  EXPECT_EQ("hello", body->payload);
  upstream.say(headers, end_headers, 1, answer("200", field("x-a", "1")));
  upstream.say(data, 0, 1, "wor");
  upstream.say(data, end_stream, 1, "ld");
  ASSERT_TRUE(upstream.answered());
  ASSERT_TRUE(upstream.got[0]);
  EXPECT_EQ(200, upstream.got[0]->head.status);
  EXPECT_EQ("1", upstream.got[0]->head.fields.find("x-a"));
  EXPECT_EQ("world", upstream.got[0]->body);
}

TEST(Http2Client, carries_many_exchanges_at_once) {
  Upstream upstream;
  upstream.greet();
  for (int i = 0; i != 3; ++i) upstream.fetch();
  ASSERT_NE(nullptr, upstream.wait(headers, 5, end_stream));
  for (const std::uint32_t stream : {5U, 1U, 3U}) {
    upstream.say(headers, end_headers, stream, answer("200"));
    upstream.say(data, end_stream, stream, std::to_string(stream));
  }
  ASSERT_TRUE(upstream.answered(3));
  EXPECT_EQ("5", upstream.got[0]->body);
  EXPECT_EQ("1", upstream.got[1]->body);
}

TEST(Http2Client, takes_no_more_exchanges_than_the_upstream_allows) {
  Upstream upstream;
  upstream.greet(setting(3, 1));
  upstream.fetch();
  upstream.fetch();
  ASSERT_TRUE(upstream.answered());
  EXPECT_EQ(Code::saturated, upstream.got[0].error().code);
  upstream.say(headers, end_headers | end_stream, 1, answer("204"));
  ASSERT_TRUE(upstream.answered(2));
  upstream.fetch();
  EXPECT_NE(nullptr, upstream.wait(headers, 3)) << "there is room again";
}

TEST(Http2Client, interim_heads_are_not_the_answer) {
  Upstream upstream;
  upstream.greet();
  upstream.fetch();
  upstream.say(headers, end_headers, 1, answer("103"));
  upstream.say(headers, end_headers | end_stream, 1, answer("204"));
  ASSERT_TRUE(upstream.answered());
  EXPECT_EQ(204, upstream.got[0]->head.status);
}

TEST(Http2Client, trailers_are_read_behind_the_body) {
  Upstream upstream;
  upstream.greet();
  const auto share = upstream.connection->exchange({});
  std::string found;
  auto read = [&]() -> Task<> {
    auto head = request();
    head.trailers_welcome = true;
    (void)co_await share->exchange().write_head(head, {{}, true, nullptr});
    (void)co_await share->exchange().read_head();
    for (bool more = true; more;) {
      const auto piece = co_await share->exchange().read_body();
      if (!piece) co_return;
      more = !piece->last;
      if (piece->trailers != nullptr) found = piece->trailers->find("grpc-status").value_or("none");
    }
  };
  upstream.loop.worker.spawn(read());
  ASSERT_NE(nullptr, upstream.wait(headers, 1));
  upstream.say(headers, end_headers, 1, answer("200"));
  upstream.say(data, 0, 1, "abc");
  upstream.say(headers, end_headers | end_stream, 1, field("grpc-status", "7"));
  EXPECT_TRUE(upstream.loop.until([&] { return found == "7"; }));
}

struct Broken {
  const char* what;
  std::string fields;
  Code code;
};

TEST(Http2Client, an_answer_that_breaks_the_rules_is_a_failure_of_its_own) {
  const Broken cases[] = {
      {"no status", field("x", "1"), Code::reset},
      {"a 101", answer("101"), Code::bad_start_line},
      {"letters for a status", answer("abc"), Code::reset},
      {"a status out of range", answer("999"), Code::bad_start_line},
      {"connection", answer("200", field("connection", "close")), Code::reset},
      {"upper case", answer("200", field("X-A", "1")), Code::reset},
      {"a line end in a value", answer("200", field("x", "a\r\nb: c")), Code::reset},
      {"two lengths", answer("200", field("content-length", "1") + field("content-length", "2")), Code::reset},
      {"too many fields",
       answer("200",
              [] {
                std::string all;
                for (int i = 0; i != 201; ++i) all += field("a", "b");
                return all;
              }()),
       Code::fields_too_large},
  };
  for (const auto& one : cases) {
    Upstream upstream;
    upstream.greet();
    upstream.fetch();
    upstream.say(headers, end_headers, 1, one.fields);
    ASSERT_TRUE(upstream.answered()) << one.what;
    ASSERT_FALSE(upstream.got[0]) << one.what;
    EXPECT_EQ(net::Side::upstream, upstream.got[0].error().side) << one.what;
    EXPECT_EQ(net::Retry::never, upstream.got[0].error().retry) << one.what;
    upstream.fetch();
    EXPECT_NE(nullptr, upstream.wait(headers, 3)) << one.what << ": the other exchanges go on";
  }
}

TEST(Rule38, more_interim_heads_than_anybody_needs_end_the_stream) {
  Upstream upstream;
  upstream.greet();
  upstream.fetch();
  for (int i = 0; i != 9; ++i) upstream.say(headers, end_headers, 1, answer("103"));
  ASSERT_TRUE(upstream.answered());
  EXPECT_EQ(Code::bad_interim, upstream.got[0].error().code);
}

TEST(Rule42, a_body_that_is_cut_off_is_a_failure) {
  for (const bool by_reset : {true, false}) {
    Upstream upstream;
    upstream.greet();
    upstream.fetch();
    upstream.say(headers, end_headers, 1, answer("200"));
    upstream.say(data, 0, 1, "abc");
    if (by_reset)
      upstream.say(rst_stream, 0, 1, number(internal_error));
    else
      upstream.peer.close();
    ASSERT_TRUE(upstream.answered());
    EXPECT_FALSE(upstream.got[0]);
    EXPECT_EQ(net::Retry::never, upstream.got[0].error().retry);
  }
}

TEST(Rule45, what_was_not_processed_may_be_sent_again) {
  {
    Upstream upstream;
    upstream.greet();
    upstream.fetch();
    upstream.say(rst_stream, 0, 1, number(refused_stream));
    ASSERT_TRUE(upstream.answered());
    EXPECT_EQ(net::Retry::always, upstream.got[0].error().retry);
  }
  {
    Upstream upstream;
    upstream.greet();
    upstream.fetch();
    upstream.fetch();
    upstream.say(goaway, 0, 0, number(1) + number(no_error));
    ASSERT_TRUE(upstream.answered());
    EXPECT_EQ(net::Retry::always, upstream.got[0].error().retry) << "the stream behind the GOAWAY";
    upstream.say(headers, end_headers | end_stream, 1, answer("204"));
    ASSERT_TRUE(upstream.answered(2));
    EXPECT_TRUE(upstream.got[1]) << "the stream before it";
    EXPECT_EQ(nullptr, upstream.connection->exchange({}));
  }
  {
    Upstream upstream;
    upstream.greet();
    upstream.fetch();
    upstream.say(rst_stream, 0, 1, number(internal_error));
    ASSERT_TRUE(upstream.answered());
    EXPECT_EQ(net::Retry::never, upstream.got[0].error().retry);
  }
}

TEST(Http2Client, an_exchange_that_is_given_up_is_cancelled) {
  Upstream upstream;
  upstream.greet();
  {
    const auto share = upstream.connection->exchange({});
    auto send = [&]() -> Task<> {
      const auto head = request();
      (void)co_await share->exchange().write_head(head, {{}, true, nullptr});
    };
    upstream.loop.worker.spawn(send());
    ASSERT_NE(nullptr, upstream.wait(headers, 1));
  }
  const Frame* told = upstream.wait(rst_stream, 1);
  ASSERT_NE(nullptr, told);
  EXPECT_EQ(cancel, number_in(told->payload));
}

TEST(Http2Client, an_upstream_that_does_not_answer_is_given_up) {
  Upstream upstream;
  upstream.greet();
  const auto share = upstream.connection->exchange({net::Duration(100), net::Duration(0)});
  auto wait = [&]() -> Task<Result<Answer>> { co_return co_await http::fetch(*share, request(), ""); };
  const auto got = upstream.loop.run(wait());
  ASSERT_FALSE(got);
  EXPECT_EQ(Code::first_byte_timeout, got.error().code);
  EXPECT_NE(nullptr, upstream.wait(rst_stream, 1));
}

/// A request that nobody answers, on a connection that has been used before; `meanwhile` is what the upstream does instead.
void give_up(Upstream& upstream, const std::function<void()>& meanwhile) {
  upstream.greet();
  upstream.fetch();
  upstream.say(headers, end_headers | end_stream, 1, answer("204"));
  upstream.fetch("", request(), {net::Duration(300), net::Duration(0)});
  ASSERT_NE(nullptr, upstream.wait(headers, 3));
  meanwhile();
  ASSERT_TRUE(upstream.answered(2));
  EXPECT_EQ(Code::first_byte_timeout, upstream.got[1].error().code);
}

TEST(Http2Client, an_upstream_that_is_silent_altogether_is_asked_nothing_more) {
  Upstream upstream;
  give_up(upstream, [] {});
  EXPECT_EQ(nullptr, upstream.connection->exchange({}));
  EXPECT_NE(nullptr, upstream.wait(goaway, 0));
}

TEST(Http2Client, an_upstream_that_is_slow_to_answer_one_is_asked_on) {
  Upstream upstream;
  give_up(upstream, [&] {
    const auto& clock = upstream.loop.worker.deadlines();
    ASSERT_TRUE(upstream.loop.until([&, asked = clock.now()] { return clock.now() > asked; }));
    upstream.say(ping, 0, 0, "12345678");
  });
  EXPECT_NE(nullptr, upstream.connection->exchange({}));
}

TEST(Http2Client, a_websocket_needs_an_upstream_that_takes_one) {
  for (const bool takes : {true, false}) {
    Upstream upstream;
    const auto share = upstream.connection->exchange({});
    std::optional<Result<void>> sent;
    ResponseHead found;
    auto ask = [&]() -> Task<> {
      auto head = request();
      head.tunnel = Tunnel::websocket;
      head.fields.add(Name::sec_websocket_key, "dGhlIHNhbXBsZSBub25jZQ==");
      sent = co_await share->exchange().write_head(head, {});
      if (!*sent) co_return;
      const auto answered = co_await share->exchange().read_head();
      if (answered) found = **answered;
    };
    upstream.loop.worker.spawn(ask());
    upstream.loop.settle();
    EXPECT_FALSE(sent) << "whether it does stands in its SETTINGS";
    upstream.greet(takes ? setting(8, 1) : "");
    ASSERT_TRUE(upstream.loop.until([&] { return sent.has_value(); }));
    ASSERT_EQ(takes, sent->has_value());
    if (!takes) continue;
    upstream.say(headers, end_headers, 1, answer("200"));
    ASSERT_TRUE(upstream.loop.until([&] { return found.status != 0; }));
    EXPECT_EQ(101, found.status);
    EXPECT_EQ(Tunnel::websocket, found.tunnel);
    EXPECT_EQ("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", found.fields.find(Name::sec_websocket_accept)) << "RFC 6455 §1.3";
  }
}

TEST(Http2Client, whoever_hears_of_its_end_may_let_go_of_it) {
  // For AddressSanitizer: the connection resumes one after the other, and each gives up all that he holds.
  for (const std::uint32_t count : {1U, 3U}) {
    Upstream upstream;
    upstream.greet();
    std::uint32_t told = 0;
    const auto wait = [&]() -> Task<> {
      auto share = upstream.connection->exchange({});
      (void)co_await http::fetch(*share, request(), "");
      share.reset();
      upstream.connection.reset();
      ++told;
    };
    for (std::uint32_t i = 0; i != count; ++i) upstream.loop.worker.spawn(wait());
    ASSERT_NE(nullptr, upstream.wait(headers, 2 * count - 1));
    upstream.peer.close();
    EXPECT_TRUE(upstream.loop.until([&] { return told == count; }));
  }
}

TEST(Http2Client, an_idle_connection_ends) {
  Upstream upstream(net::Duration(100));
  upstream.greet();
  upstream.fetch();
  upstream.say(headers, end_headers | end_stream, 1, answer("204"));
  ASSERT_TRUE(upstream.answered());
  EXPECT_TRUE(upstream.loop.until([&] { return upstream.connection->over(); }));
  EXPECT_NE(nullptr, upstream.wait(goaway, 0));
}

TEST(Http2Client, pushed_streams_are_not_wanted) {
  Upstream upstream;
  upstream.greet();
  upstream.fetch();
  upstream.say(push_promise, end_headers, 1, number(2) + head());
  EXPECT_NE(nullptr, upstream.wait(rst_stream, 2)) << "it need not have read our SETTINGS yet";
  upstream.say(settings, ack, 0);
  upstream.say(push_promise, end_headers, 1, number(4) + head());
  EXPECT_NE(nullptr, upstream.wait(goaway, 0));
  ASSERT_TRUE(upstream.answered());
  EXPECT_FALSE(upstream.got[0]);
}

}  // namespace
}  // namespace gw::http::test::h2
