// What a client may not do to us: rules 53 and 60 to 69 on a whole connection, each with the client that tries.

#include <gtest/gtest.h>

#include <list>

#include "tests/gateway/http/h2/attacker.hpp"

namespace gw::http::test::h2 {
namespace {

TEST(Rule60, streams_beyond_what_is_offered_are_refused) {
  Client client({}, false);
  client.handler.script = wait_until_gone;
  for (std::uint32_t i = 0; i != 100; ++i) client.get(stream_at(i));
  client.loop.settle();
  EXPECT_EQ(100, client.handler.handled);
  client.get(stream_at(100));
  EXPECT_EQ(refused_stream, client.error_of(stream_at(100)));
  EXPECT_FALSE(client.has(goaway, 0));
  EXPECT_EQ(100, client.handler.handled);
}

TEST(Rule60, who_has_acknowledged_the_offer_and_goes_beyond_it_is_ended) {
  Client client;
  client.handler.script = wait_until_gone;
  for (std::uint32_t i = 0; i != 101; ++i) client.get(stream_at(i));
  EXPECT_EQ(protocol_error, client.error_of(0));
  EXPECT_TRUE(client.ended());
  EXPECT_GE(100, client.handler.handled);
}

TEST(Rule60, refused_streams_count_as_oddities) {
  Client client({}, false);
  client.handler.script = wait_until_gone;
  for (std::uint32_t i = 0; i != 100; ++i) client.get(stream_at(i));
  client.loop.settle();
  const auto more = [](std::uint32_t i) { return frame(headers, end_headers | end_stream, stream_at(100 + i), head()); };
  EXPECT_LT(750U, flood(client, more, true));
  EXPECT_EQ(no_error, client.error_of(0));
  EXPECT_EQ(100, client.handler.handled);
}

TEST(Rule61, rapid_reset) {
  Client client;
  hold(client, 1);
  const auto sent = flood(client, [](std::uint32_t i) {
    const auto id = stream_at(i + 1);
    return frame(headers, end_headers | end_stream, id, head()) + frame(rst_stream, 0, id, number(cancel));
  });
  // Streams behind the warning are not read any more, but their resets are.
  expect_calmed(client, sent);
  EXPECT_EQ(1, client.handler.handled) << "those that are reset in the turn in which they came are not handled";
  EXPECT_EQ(client.server->http2().resets_received, sent);
}

TEST(Rule61, handlers_that_have_not_noticed_yet_are_bounded) {
  Client client;
  std::list<net::Waiter> waits;
  client.handler.script = [&](ClientSide&, RequestHead&) -> Task<> { co_await waits.emplace_back().wait(); };
  // In turns of their own: a stream that is reset in the turn in which it came is not handled at all.
  (void)flood(client, [](std::uint32_t i) {
    const auto id = stream_at(i / 2);
    return i % 2 == 0 ? frame(headers, end_headers | end_stream, id, head()) : frame(rst_stream, 0, id, number(cancel));
  });
  EXPECT_EQ(enhance_your_calm, client.error_of(0));
  EXPECT_EQ(200, client.handler.handled);
  for (auto& one : waits) one.notify();
}

TEST(Rule61, a_burst_of_heads_is_begun_in_portions) {
  Client client;
  client.handler.script = wait_until_gone;
  std::string all;
  for (std::uint32_t i = 0; i != 100; ++i) all += frame(headers, end_headers | end_stream, stream_at(i), head());
  client.peer.send(all);
  ASSERT_TRUE(client.loop.until([&] { return client.server->http2().streams == 100; }));
  EXPECT_GT(50, client.handler.handled) << "others have their turn between";
  EXPECT_TRUE(client.loop.until([&] { return client.handler.handled == 100; }));
}

/// What makes us reset a stream (rule 62), with the stream opened by the same bytes.
struct Provocation {
  const char* what;
  std::function<std::string(std::uint32_t)> bytes;
};

std::string posted(std::uint32_t stream, const std::string& more = "") {
  return frame(headers, end_headers, stream, head("POST") + more);
}

TEST(Rule62, resets_that_a_client_makes_us_send) {
  const std::vector<Provocation> all{
      {"a malformed head",
       [](std::uint32_t id) { return frame(headers, end_headers | end_stream, id, head() + field("X", "1")); }},
      {"a field of the connection",
       [](std::uint32_t id) { return frame(headers, end_headers | end_stream, id, head() + field("upgrade", "x")); }},
      {"no path", [](std::uint32_t id) { return frame(headers, end_headers | end_stream, id, field(":method", "GET")); }},
      {"more than its length",
       [](std::uint32_t id) { return posted(id, field("content-length", "1")) + frame(data, 0, id, "22"); }},
      {"less than its length",
       [](std::uint32_t id) { return posted(id, field("content-length", "3")) + frame(data, end_stream, id, "22"); }},
      {"trailers without an end",
       [](std::uint32_t id) { return posted(id) + frame(headers, end_headers, id, field("x", "1")); }},
      {"bad trailers",
       [](std::uint32_t id) { return posted(id) + frame(headers, end_headers | end_stream, id, field("X", "1")); }},
  };
  for (const auto& one : all) {
    SCOPED_TRACE(one.what);
    Client client;
    hold(client, 1);
    // Behind the warning nothing is read on new streams: what follows is of the kind that still counts.
    const auto before = flood(
        client, [&](std::uint32_t i) { return one.bytes(stream_at(i + 1)); }, true);
    EXPECT_LT(750U, before);
    EXPECT_EQ(no_error, client.error_of(0));
    EXPECT_EQ(before, client.server->http2().resets_sent);
    expect_calmed(client, before + flood(client, [](std::uint32_t) { return frame(ping, 0, 0, "12345678"); }));
  }
}

TEST(Rule62, what_ends_the_connection_at_once) {
  const std::vector<Provocation> all{
      {"a window of nothing", [](std::uint32_t id) { return frame(window_update, 0, id, number(0)); }},
      {"a window that overflows", [](std::uint32_t id) { return frame(window_update, 0, id, number((1U << 31) - 1)); }},
      {"DATA behind the end", [](std::uint32_t id) { return frame(data, 0, id, "x"); }},
      {"HEADERS behind the end", [](std::uint32_t id) { return frame(headers, end_headers | end_stream, id, head()); }},
      {"a PRIORITY too short", [](std::uint32_t id) { return frame(priority, 0, id, "1"); }},
  };
  for (const auto& one : all) {
    SCOPED_TRACE(one.what);
    Client client;
    client.handler.script = wait_until_gone;
    client.get(1);
    client.loop.settle();
    client.peer.send(one.bytes(1));
    EXPECT_TRUE(client.ended());
  }
}

TEST(Rule62, resets_of_ours_count_for_nothing) {
  Client client;
  client.handler.script = [](ClientSide& side, RequestHead&) -> Task<> {
    side.abort();
    co_return;
  };
  EXPECT_EQ(attempts,
            flood(client, [](std::uint32_t i) { return frame(headers, end_headers | end_stream, stream_at(i), head()); }));
  EXPECT_TRUE(client.alive(stream_at(attempts)));
}

TEST(Rule53, a_body_that_is_not_as_long_as_stated_resets_its_stream_and_is_never_whole) {
  struct Body {
    const char* length;
    std::vector<std::pair<std::string, bool>> pieces;
  };
  for (const auto& [length, pieces] : std::vector<Body>{{"5", {{"1234", true}}},
                                                        {"5", {{"123456", true}}},
                                                        {"5", {{"123456", false}}},
                                                        {"5", {{"123", false}, {"123", true}}},
                                                        {"0", {{"1", true}}},
                                                        {"5", {{"", true}}}}) {
    Client client;
    bool whole = false;
    client.handler.script = [&](ClientSide& side, RequestHead& request) -> Task<> {
      whole = (co_await read_whole(side, request)).has_value();
      side.abort();
    };
    client.post(1, field("content-length", length));
    for (const auto& [piece, end] : pieces) client.say(data, end ? end_stream : 0, 1, piece);
    EXPECT_EQ(protocol_error, client.error_of(1)) << length;
    EXPECT_TRUE(client.loop.until([&] { return client.handler.handled == 1; }));
    EXPECT_FALSE(whole && length != std::string_view("0"));
    EXPECT_TRUE(client.alive(3));
  }
}

TEST(Rule63, a_head_in_too_many_frames_ends_the_connection) {
  Client client;
  client.say(headers, end_stream, 1, head());
  for (int i = 0; i != 9; ++i) client.say(continuation, 0, 1, field("x", "1"));
  EXPECT_NE(nullptr, client.wait(goaway, 0, 0, Duration(4'000))) << "long before its deadline";
  EXPECT_EQ(enhance_your_calm, client.error_of(0));
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(0, client.handler.handled);
}

TEST(Rule63, a_large_head_is_refused_and_the_connection_goes_on) {
  Client client;
  client.say(headers, end_stream, 1, head());
  for (int i = 0; i != 5; ++i) client.say(continuation, i == 4 ? end_headers : 0, 1, field("x", std::string(16'000, 'a')));
  ASSERT_NE(nullptr, client.wait(headers, 1, end_stream));
  EXPECT_EQ(Code::fields_too_large, client.handler.refused.at(0).code);
  EXPECT_TRUE(client.alive(3));
}

ServerSettings with_header_time(Duration time) {
  ServerSettings settings;
  settings.header = time;
  return settings;
}

TEST(Rule67, a_head_that_trickles_ends_the_connection) {
  Client client(with_header_time(Duration(300)));
  client.handler.script = wait_until_gone;
  client.get(1);
  const auto slow = frame(headers, end_headers | end_stream, 3, head() + field("x", std::string(8'000, 'y')));
  std::size_t at = 0;
  // A byte now and then, and never none for as long as a tick: the time is for the whole head.
  auto last = net::Clock::now();
  const bool told = client.loop.until([&] {
    if (net::Clock::now() - last > Duration(20)) {
      client.peer.send(slow.substr(at++, 1));
      last = net::Clock::now();
    }
    return client.pull(), client.peer.over();
  });
  EXPECT_TRUE(told);
  EXPECT_EQ(enhance_your_calm, client.error_of(0));
}

TEST(Rule67, a_head_whose_block_stays_open_ends_the_connection) {
  for (const auto& block : {head(), head() + field("X", "1"), head() + field(":path", "/"), head() + field("x_", "")}) {
    Client client(with_header_time(Duration(300)));
    client.handler.script = wait_until_gone;
    client.get(1);
    client.say(headers, end_stream, 3, block);
    EXPECT_EQ(enhance_your_calm, client.error_of(0));
    EXPECT_TRUE(client.ended());
  }
}

TEST(Rule67, a_malformed_head_that_is_whole_is_no_slow_one) {
  for (const auto& block :
       {head() + field("X", "1"), head() + field(":path", "/"), head() + field("te", "x"), field(":method", "GET")}) {
    Client client(with_header_time(Duration(200)));
    client.get(1, block);
    EXPECT_EQ(protocol_error, client.error_of(1));
    EXPECT_EQ(nullptr, client.wait(goaway, 0, 0, Duration(600)));
  }
}

TEST(Rule67, a_body_that_stops_is_given_up) {
  ServerSettings settings;
  settings.body = Duration(200);
  Client client(settings);
  Code code{};
  client.handler.script = [&](ClientSide& side, RequestHead& request) -> Task<> {
    code = (co_await read_whole(side, request)).error().code;
    side.abort();
  };
  client.post(1);
  client.say(data, 0, 1, "abc");
  EXPECT_EQ(internal_error, client.error_of(1));
  EXPECT_EQ(Code::idle_timeout, code);
}

}  // namespace
}  // namespace gw::http::test::h2
