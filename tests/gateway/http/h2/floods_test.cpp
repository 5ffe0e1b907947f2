// Rules 64 to 66 and 69 on a whole connection: fields out of nothing, windows that stay shut, frames that say nothing.

#include <gtest/gtest.h>

#include "tests/gateway/http/h2/attacker.hpp"

namespace gw::http::test::h2 {
namespace {

/// One field that is kept in the table, and one byte that stands for it.
const std::string entry = std::string("\x40\x01x\x01y", 5);
std::string references(std::size_t count) { return std::string(count, '\xBE'); }

TEST(Rule64, a_byte_that_is_a_field_is_counted_as_one) {
  Client client;
  client.get(1, head() + entry + references(99));
  ASSERT_NE(nullptr, client.wait(data, 1, end_stream));
  client.get(3, head() + references(101));
  ASSERT_NE(nullptr, client.wait(headers, 3, end_stream));
  ASSERT_EQ(1U, client.handler.refused.size());
  EXPECT_EQ(Code::fields_too_large, client.handler.refused[0].code);
  client.get(5, head() + references(16'000));
  EXPECT_EQ(enhance_your_calm, client.error_of(5)) << "nobody looks at so many";
  // The tables are still in step.
  client.get(7, head() + references(1));
  ASSERT_NE(nullptr, client.wait(data, 7, end_stream));
  EXPECT_EQ(2, client.handler.handled);
}

TEST(Rule64, crumbs_are_counted_as_well) {
  Client client;
  client.get(1, head() + std::string("\x60\x01y", 3) + references(1'000));
  ASSERT_NE(nullptr, client.wait(headers, 1, end_stream));
  ASSERT_EQ(1U, client.handler.refused.size());
  EXPECT_TRUE(client.alive(3));
}

TEST(Rule64, a_bomb_in_trailers_resets_the_stream) {
  Client client;
  client.post(1, entry);
  client.say(headers, end_headers | end_stream, 1, references(16'000));
  EXPECT_EQ(protocol_error, client.error_of(1));
  EXPECT_TRUE(client.alive(3));
}

ServerSettings with_body_time(Duration time) {
  ServerSettings settings;
  settings.body = time;
  return settings;
}

/// Answers with more than any window takes, and tells how that went.
struct Fountain {
  explicit Fountain(Client& client) {
    client.handler.script = [this](ClientSide& side, RequestHead&) -> Task<> {
      const auto answer = response(200, BodySize::of(text.size()));
      const auto sent = co_await side.write_head(answer, {text, true, nullptr});
      code = sent ? Code::internal : sent.error().code;
      ended = true;
    };
  }
  const std::string text = std::string(8'000'000, 'x');
  Code code{};
  bool ended = false;
};

TEST(Rule65, a_window_that_stays_shut_ends_its_stream) {
  Client client(with_body_time(Duration(300)));
  client.say(settings, 0, 0, setting(4, 0));
  Fountain fountain(client);
  client.get(1);
  EXPECT_EQ(cancel, client.error_of(1));
  EXPECT_TRUE(client.loop.until([&] { return fountain.ended; }));
  EXPECT_EQ(Code::idle_timeout, fountain.code);
  client.say(settings, 0, 0, setting(4, 65'535));
  EXPECT_TRUE(client.alive(3));
}

TEST(Rule65, a_window_that_moves_keeps_its_stream) {
  Client client(with_body_time(Duration(400)));
  Fountain fountain(client);
  client.say(window_update, 0, 0, number(1U << 30));
  client.get(1);
  for (int i = 0; i != 10; ++i) {
    (void)client.loop.until([&] { return fountain.ended; }, Duration(100));
    client.say(window_update, 0, 1, number(100));
    client.pull();
  }
  EXPECT_FALSE(fountain.ended);
}

TEST(Rule65, a_client_that_reads_nothing_is_ended) {
  Client client(with_body_time(Duration(300)));
  Fountain fountain(client);
  client.say(window_update, 0, 0, number(1U << 30));
  client.say(settings, 0, 0, setting(4, 1U << 30));
  client.get(1);
  EXPECT_TRUE(client.loop.until([&] { return fountain.ended; }));
  EXPECT_TRUE(client.loop.until([&] { return client.server->connections() == 0; }));
}

struct Flood {
  const char* what;
  std::string bytes;
};

TEST(Rule66, frames_that_say_nothing_end_the_connection) {
  const std::vector<Flood> all{
      {"SETTINGS", frame(settings, 0, 0, "")},
      {"SETTINGS that change nothing", frame(settings, 0, 0, setting(4, 65'535))},
      {"PING", frame(ping, 0, 0, "12345678")},
      {"PRIORITY", frame(priority, 0, 3, number(0) + "x")},
      {"empty DATA", frame(data, 0, 1, "")},
      {"padding and nothing else", frame(data, padded, 1, std::string(1, '\0'))},
      {"unknown", frame(42, 0, 0, "")},
      {"unknown with a payload", frame(42, 0, 1, std::string(100, 'x'))},
      {"PRIORITY_UPDATE", frame(16, 0, 0, number(1))},
      {"WINDOW_UPDATE of the connection", frame(window_update, 0, 0, number(1))},
      {"WINDOW_UPDATE of a stream", frame(window_update, 0, 1, number(1))},
  };
  for (const auto& one : all) {
    SCOPED_TRACE(one.what);
    Client client;
    hold(client, 1);
    expect_calmed(client, flood(client, [&](std::uint32_t) { return one.bytes; }));
  }
}

TEST(Rule66, frames_on_streams_that_are_over_count_too) {
  const std::vector<Flood> all{
      {"WINDOW_UPDATE", frame(window_update, 0, 1, number(1))},
      {"RST_STREAM", frame(rst_stream, 0, 1, number(cancel))},
  };
  for (const auto& one : all) {
    SCOPED_TRACE(one.what);
    Client client;
    ASSERT_TRUE(client.alive(1));
    hold(client, 3);
    expect_calmed(client, flood(client, [&](std::uint32_t) { return one.bytes; }));
  }
}

TEST(Http2Slow, settings_are_acknowledged_within_ten_seconds) {
  Client client({}, false);
  client.handler.script = wait_until_gone;
  client.get(1);
  EXPECT_EQ(settings_timeout, client.error_of(0));
  EXPECT_TRUE(client.ended());
}

TEST(Rule69, at_three_quarters_a_connection_without_streams_ends_in_order) {
  Client client;
  EXPECT_LT(750U, flood(client, [](std::uint32_t) { return frame(ping, 0, 0, "12345678"); }));
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(no_error, client.error_of(0));
}

TEST(Rule69, from_three_quarters_on_no_stream_is_taken_and_those_that_are_open_end_in_order) {
  Client client;
  net::Waiter go;
  client.handler.script = [&](ClientSide& side, RequestHead& request) -> Task<> {
    co_await go.wait();
    co_await echo(side, request);
  };
  client.get(1);
  (void)flood(
      client, [](std::uint32_t) { return frame(ping, 0, 0, "12345678"); }, true);
  EXPECT_EQ(no_error, client.error_of(0));
  EXPECT_EQ(1U, number_in(client.wait(goaway, 0)->payload)) << "the last stream that is served";
  client.get(3);
  client.loop.settle();
  EXPECT_EQ(1, client.handler.handled);
  go.notify();
  EXPECT_NE(nullptr, client.wait(data, 1, end_stream));
  EXPECT_TRUE(client.ended());
}

}  // namespace
}  // namespace gw::http::test::h2
