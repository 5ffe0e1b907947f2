// RFC 9113 case by case: what a client may send in which state, and what comes of it. A stream error may be a connection error
// (§5.4.2); which of the two it is here is written down, so that a change shows.

#include <gtest/gtest.h>

#include "tests/gateway/http/h2/frames.hpp"

namespace gw::http::test::h2 {
namespace {

/// What has happened on stream 1 before.
enum class Given { nothing, open, half_closed, answered, reset_by_client, reset_by_us, ended_and_reset_by_us };

/// What must come of a case.
struct Outcome {
  enum class Kind { ends, resets, goes_on } kind;
  std::uint32_t error = 0;
};
Outcome ends(std::uint32_t error) { return {Outcome::Kind::ends, error}; }
Outcome resets(std::uint32_t error) { return {Outcome::Kind::resets, error}; }
const Outcome goes_on{Outcome::Kind::goes_on};

struct Case {
  const char* what;
  Given given;
  std::string bytes;
  Outcome outcome;
};

Task<> give_up(ClientSide& side, RequestHead&) {
  side.abort();
  co_return;
}

void bring(Client& client, Given given) {
  switch (given) {
    case Given::nothing:
      break;
    case Given::open:
      client.post(1);
      break;
    case Given::half_closed:
      client.handler.script = wait_until_gone;
      client.get(1);
      break;
    case Given::answered:
      ASSERT_TRUE(client.alive(1));
      break;
    case Given::reset_by_client:
      client.handler.script = wait_until_gone;
      client.post(1);
      client.say(rst_stream, 0, 1, number(cancel));
      break;
    case Given::reset_by_us:
      client.handler.script = give_up;
      client.post(1);
      ASSERT_NE(nullptr, client.wait(rst_stream, 1));
      break;
    case Given::ended_and_reset_by_us:
      client.handler.script = give_up;
      client.get(1);
      ASSERT_NE(nullptr, client.wait(rst_stream, 1));
      break;
  }
  client.loop.settle();
  client.pull();
  client.frames.clear();
}

void expect(const std::vector<Case>& cases) {
  for (const auto& one : cases) {
    // One that fails waits for what does not come; the others would too.
    if (testing::Test::HasFailure()) return;
    SCOPED_TRACE(one.what);
    Client client;
    bring(client, one.given);
    client.peer.send(one.bytes);
    if (one.outcome.kind == Outcome::Kind::ends) {
      EXPECT_EQ(one.outcome.error, client.error_of(0));
      EXPECT_TRUE(client.ended());
      continue;
    }
    const bool reset = one.outcome.kind == Outcome::Kind::resets;
    EXPECT_EQ(reset ? one.outcome.error : 0, reset ? client.error_of(1) : 0);
    EXPECT_TRUE(client.alive(101));
    EXPECT_FALSE(client.has(goaway, 0));
    EXPECT_EQ(reset, client.has(rst_stream, 1));
  }
}

std::string headers_of(std::uint32_t stream, const std::string& block, std::uint8_t flags = end_headers | end_stream) {
  return frame(headers, flags, stream, block);
}
std::string update(std::uint32_t stream, std::uint32_t by) { return frame(window_update, 0, stream, number(by)); }
std::string bytes(std::initializer_list<int> all) {
  std::string text;
  for (const int one : all) text.push_back(static_cast<char>(one));
  return text;
}
/// GOAWAY's two numbers.
const std::string farewell = number(0) + number(0);

TEST(Http2Protocol, sizes_of_frames) {
  const std::string large(16'385, '\0');
  expect({
      {"DATA", Given::open, frame(data, 0, 1, large), ends(frame_size_error)},
      {"HEADERS", Given::nothing, headers_of(1, large), ends(frame_size_error)},
      {"SETTINGS", Given::nothing, frame(settings, 0, 0, large), ends(frame_size_error)},
      {"unknown", Given::nothing, frame(99, 0, 0, large), ends(frame_size_error)},
      {"the largest DATA", Given::open, frame(data, 0, 1, large.substr(1)), goes_on},
      {"PRIORITY of 4", Given::open, frame(priority, 0, 1, std::string(4, '\0')), ends(frame_size_error)},
      {"PRIORITY of 6", Given::open, frame(priority, 0, 1, std::string(6, '\0')), ends(frame_size_error)},
      {"RST_STREAM of 3", Given::open, frame(rst_stream, 0, 1, "123"), ends(frame_size_error)},
      {"RST_STREAM of 5", Given::open, frame(rst_stream, 0, 1, "12345"), ends(frame_size_error)},
      {"SETTINGS of 5", Given::nothing, frame(settings, 0, 0, "12345"), ends(frame_size_error)},
      {"SETTINGS ack with payload", Given::nothing, frame(settings, ack, 0, setting(1, 0)), ends(frame_size_error)},
      {"PING of 7", Given::nothing, frame(ping, 0, 0, "1234567"), ends(frame_size_error)},
      {"PING of 9", Given::nothing, frame(ping, 0, 0, "123456789"), ends(frame_size_error)},
      {"GOAWAY of 7", Given::nothing, frame(goaway, 0, 0, "1234567"), ends(frame_size_error)},
      {"WINDOW_UPDATE of 3", Given::nothing, frame(window_update, 0, 0, "123"), ends(frame_size_error)},
      {"WINDOW_UPDATE of 5", Given::open, frame(window_update, 0, 1, "12345"), ends(frame_size_error)},
  });
}

TEST(Http2Protocol, frames_on_the_wrong_kind_of_stream) {
  expect({
      {"DATA on 0", Given::nothing, frame(data, 0, 0, "x"), ends(protocol_error)},
      {"HEADERS on 0", Given::nothing, headers_of(0, head()), ends(protocol_error)},
      {"PRIORITY on 0", Given::nothing, frame(priority, 0, 0, std::string(5, '\0')), ends(protocol_error)},
      {"RST_STREAM on 0", Given::nothing, frame(rst_stream, 0, 0, number(cancel)), ends(protocol_error)},
      {"CONTINUATION on 0", Given::nothing, frame(continuation, end_headers, 0, ""), ends(protocol_error)},
      {"SETTINGS on 1", Given::open, frame(settings, 0, 1, ""), ends(protocol_error)},
      {"PING on 1", Given::open, frame(ping, 0, 1, "12345678"), ends(protocol_error)},
      {"GOAWAY on 1", Given::open, frame(goaway, 0, 1, farewell), ends(protocol_error)},
      {"HEADERS on an even stream", Given::nothing, headers_of(2, head()), ends(protocol_error)},
      {"PUSH_PROMISE from a client", Given::open, frame(push_promise, end_headers, 1, number(2) + head()),
       ends(protocol_error)},
  });
}

TEST(Http2Protocol, idle_streams) {
  expect({
      {"DATA", Given::nothing, frame(data, 0, 1, "x"), ends(protocol_error)},
      {"RST_STREAM", Given::nothing, frame(rst_stream, 0, 1, number(cancel)), ends(protocol_error)},
      {"WINDOW_UPDATE", Given::nothing, update(1, 1), ends(protocol_error)},
      {"CONTINUATION", Given::nothing, frame(continuation, end_headers, 1, head()), ends(protocol_error)},
      {"PRIORITY", Given::nothing, frame(priority, 0, 1, number(3) + "x"), goes_on},
      {"DATA on an even one", Given::nothing, frame(data, 0, 2, "x"), ends(protocol_error)},
  });
}

TEST(Http2Protocol, streams_whose_client_has_ended_its_side) {
  expect({
      {"DATA", Given::half_closed, frame(data, 0, 1, "x"), ends(stream_closed)},
      {"HEADERS", Given::half_closed, headers_of(1, head()), ends(stream_closed)},
      {"CONTINUATION", Given::half_closed, frame(continuation, end_headers, 1, ""), ends(protocol_error)},
      {"WINDOW_UPDATE", Given::half_closed, update(1, 1), goes_on},
      {"PRIORITY", Given::half_closed, frame(priority, 0, 1, number(3) + "x"), goes_on},
      {"RST_STREAM", Given::half_closed, frame(rst_stream, 0, 1, number(cancel)), goes_on},
  });
}

TEST(Rule57, streams_that_are_closed) {
  const std::string late_window = update(1, 1);
  expect({
      {"DATA behind the answer", Given::answered, frame(data, 0, 1, "x"), ends(stream_closed)},
      {"HEADERS behind the answer", Given::answered, headers_of(1, head()), ends(stream_closed)},
      {"CONTINUATION", Given::answered, frame(continuation, end_headers, 1, ""), ends(protocol_error)},
      {"WINDOW_UPDATE behind the answer", Given::answered, late_window, goes_on},
      {"RST_STREAM behind the answer", Given::answered, frame(rst_stream, 0, 1, number(cancel)), goes_on},
      {"PRIORITY behind the answer", Given::answered, frame(priority, 0, 1, number(3) + "x"), goes_on},
      {"DATA behind its RST_STREAM", Given::reset_by_client, frame(data, 0, 1, "x"), ends(stream_closed)},
      {"HEADERS behind its RST_STREAM", Given::reset_by_client, headers_of(1, head()), ends(stream_closed)},
      {"WINDOW_UPDATE behind its RST_STREAM", Given::reset_by_client, late_window, goes_on},
      {"DATA behind its end and our RST_STREAM", Given::ended_and_reset_by_us, frame(data, 0, 1, "x"), ends(stream_closed)},
      {"HEADERS behind its end and our RST_STREAM", Given::ended_and_reset_by_us, headers_of(1, head()), ends(stream_closed)},
      {"WINDOW_UPDATE behind its end and our RST_STREAM", Given::ended_and_reset_by_us, late_window, goes_on},
  });
}

TEST(Rule57, frames_on_their_way_to_a_stream_that_we_have_reset) {
  expect({
      {"DATA", Given::reset_by_us, frame(data, 0, 1, "x"), goes_on},
      {"DATA and its end", Given::reset_by_us, frame(data, end_stream, 1, "x"), goes_on},
      {"trailers", Given::reset_by_us, headers_of(1, field("x", "1")), goes_on},
      {"WINDOW_UPDATE", Given::reset_by_us, update(1, 1), goes_on},
      {"RST_STREAM", Given::reset_by_us, frame(rst_stream, 0, 1, number(cancel)), goes_on},
  });
}

TEST(Rule57, numbers_of_streams_only_grow) {
  expect({
      {"lower, never used", Given::nothing, headers_of(5, head()) + headers_of(3, head()), ends(protocol_error)},
      {"lower, and refused to be read", Given::nothing, headers_of(5, head()) + headers_of(1, ""), ends(protocol_error)},
      {"DATA on a lower one", Given::nothing, headers_of(5, head()) + frame(data, 0, 3, "x"), goes_on},  // libnghttp2 drops it
      {"the same again", Given::answered, headers_of(1, head()), ends(stream_closed)},
      {"the same again, behind others", Given::answered, headers_of(99, head()) + headers_of(1, head()), ends(stream_closed)},
      {"the same again, long ago", Given::answered, headers_of(999, head()) + headers_of(1, head()), ends(protocol_error)},
      {"one left out, named by PRIORITY", Given::answered,
       frame(priority, 0, 7, number(0) + "x") + headers_of(9, head()) + headers_of(7, head()), ends(protocol_error)},
      {"numbers left out", Given::nothing, headers_of(5, head()) + headers_of(99, head()), goes_on},
  });
}

TEST(Rule57, what_comes_on_streams_of_long_ago_is_dropped) {
  Client client;
  bring(client, Given::answered);
  client.get(999);
  client.say(data, end_stream, 1, "x");
  EXPECT_TRUE(client.alive(1'001));
  EXPECT_FALSE(client.has(goaway, 0));
}

TEST(Rule57, what_stands_before_a_frame_on_an_ended_stream_is_heard) {
  Client client;
  bring(client, Given::answered);
  client.handler.script = wait_until_gone;
  client.peer.send(headers_of(3, head()) + frame(data, 0, 1, "x") + headers_of(5, head()));
  EXPECT_EQ(stream_closed, client.error_of(0));
  EXPECT_EQ(2, client.handler.handled);
  EXPECT_TRUE(client.ended());
}

TEST(Rule57, trailers_end_the_request) {
  expect({
      {"without END_STREAM", Given::open, headers_of(1, field("x", "1"), end_headers), resets(protocol_error)},
      {"with a pseudo-header", Given::open, headers_of(1, field(":path", "/")), resets(protocol_error)},
      {"with an upper-case name", Given::open, headers_of(1, field("X", "1")), resets(protocol_error)},
      {"with Connection", Given::open, headers_of(1, field("connection", "close")), resets(protocol_error)},
      {"too many", Given::open,
       headers_of(1,
                  [] {
                    std::string many;
                    for (int i = 0; i != 40; ++i) many += field("x", "1");
                    return many;
                  }()),
       resets(protocol_error)},
      {"twice", Given::open, headers_of(1, field("x", "1")) + headers_of(1, field("x", "1")), ends(stream_closed)},
      {"empty", Given::open, headers_of(1, ""), goes_on},
  });
}

TEST(Http2Protocol, flow_control) {
  const auto largest = (1U << 31) - 1;
  expect({
      {"nothing for the connection", Given::nothing, update(0, 0), ends(protocol_error)},
      {"nothing for a stream", Given::half_closed, update(1, 0), ends(protocol_error)},
      {"too much for the connection", Given::nothing, update(0, largest), ends(flow_control_error)},
      {"too much for a stream", Given::half_closed, update(1, largest), ends(flow_control_error)},
      {"too much by steps", Given::half_closed, update(1, largest / 2) + update(1, largest / 2 + 1), ends(flow_control_error)},
      {"all there is", Given::half_closed, update(0, largest - 65'535) + update(1, largest - 65'535), goes_on},
      {"the reserved bit", Given::half_closed, update(1, 1U << 31 | 1), goes_on},
      {"too much by SETTINGS", Given::half_closed, update(1, largest - 65'535) + frame(settings, 0, 0, setting(4, 65'536)),
       ends(flow_control_error)},
  });
}

TEST(Http2Protocol, settings_of_a_client) {
  expect({
      {"push, 2", Given::nothing, frame(settings, 0, 0, setting(2, 2)), ends(protocol_error)},
      {"window, 2^31", Given::nothing, frame(settings, 0, 0, setting(4, 1U << 31)), ends(flow_control_error)},
      {"frame size, 2^14-1", Given::nothing, frame(settings, 0, 0, setting(5, 16'383)), ends(protocol_error)},
      {"frame size, 2^24", Given::nothing, frame(settings, 0, 0, setting(5, 1U << 24)), ends(protocol_error)},
      {"extended CONNECT, 2", Given::nothing, frame(settings, 0, 0, setting(8, 2)), ends(protocol_error)},
      {"push, 1", Given::nothing, frame(settings, 0, 0, setting(2, 1)), goes_on},
      {"frame size, 2^24-1", Given::nothing, frame(settings, 0, 0, setting(5, (1U << 24) - 1)), goes_on},
      {"no table", Given::nothing, frame(settings, 0, 0, setting(1, 0)), goes_on},
      {"a huge table", Given::nothing, frame(settings, 0, 0, setting(1, 0xFFFFFFFF)), goes_on},
      {"one that nobody knows", Given::nothing, frame(settings, 0, 0, setting(0xFFFF, 7)), goes_on},
      {"the same twice", Given::nothing, frame(settings, 0, 0, setting(4, 1) + setting(4, 65'535)), goes_on},
      {"an ack that is not due", Given::nothing, frame(settings, ack, 0, ""), ends(protocol_error)},
  });
}

TEST(Http2Protocol, frames_that_change_nothing) {
  expect({
      {"PING ack out of the blue", Given::nothing, frame(ping, ack, 0, "12345678"), goes_on},
      {"PING with flags", Given::nothing, frame(ping, 0xFE, 0, "12345678"), goes_on},
      {"unknown on 0", Given::nothing, frame(99, 0xFF, 0, "x"), goes_on},
      {"unknown on a stream", Given::open, frame(10, 0, 1, ""), goes_on},
      {"unknown on an idle stream", Given::nothing, frame(16, 0, 7, "x"), goes_on},
      {"undefined flags", Given::open, frame(data, 0xF6, 1, "x"), goes_on},
      {"the reserved bit of a stream", Given::open, frame(data, 0, 1U << 31 | 1, "x"), goes_on},
      {"RST_STREAM with a code that nobody knows", Given::half_closed, frame(rst_stream, 0, 1, number(0xFFFFFFFF)), goes_on},
      {"empty DATA", Given::open, frame(data, 0, 1, ""), goes_on},
      {"PRIORITY of what does not exist", Given::nothing, frame(priority, 0, 1'001, number(7) + "x"), goes_on},
  });
}

TEST(Http2Protocol, padding) {
  const std::string pad(3, '\0');
  expect({
      {"DATA, as long as it is", Given::open, frame(data, padded, 1, bytes({4}) + pad), ends(protocol_error)},
      {"DATA, longer", Given::open, frame(data, padded, 1, bytes({255}) + pad), ends(protocol_error)},
      {"DATA, without its length", Given::open, frame(data, padded, 1, ""), ends(protocol_error)},
      {"DATA, nothing else", Given::open, frame(data, padded, 1, bytes({3}) + pad), goes_on},
      {"HEADERS, too long", Given::nothing, headers_of(1, bytes({200}) + head(), end_headers | end_stream | padded),
       ends(protocol_error)},
      {"HEADERS", Given::nothing, headers_of(1, bytes({3}) + head() + pad, end_headers | end_stream | padded), goes_on},
      {"HEADERS, cut in their priority", Given::nothing, headers_of(1, "1234", end_headers | end_stream | with_priority),
       ends(frame_size_error)},
      {"HEADERS with a priority", Given::nothing,
       headers_of(1, number(0) + "x" + head(), end_headers | end_stream | with_priority), goes_on},
  });
}

TEST(Http2Protocol, heads_in_pieces) {
  const auto first = headers_of(1, head().substr(0, 9), end_stream);
  const auto rest = frame(continuation, end_headers, 1, head().substr(9));
  expect({
      {"two", Given::nothing, first + rest, goes_on},
      {"an empty one between", Given::nothing, first + frame(continuation, 0, 1, "") + rest, goes_on},
      {"DATA between", Given::nothing, first + frame(data, 0, 1, "x") + rest, ends(protocol_error)},
      {"PING between", Given::nothing, first + frame(ping, 0, 0, "12345678") + rest, ends(protocol_error)},
      {"unknown between", Given::nothing, first + frame(99, 0, 0, "x") + rest, ends(protocol_error)},
      {"HEADERS of another stream between", Given::nothing, first + headers_of(3, head()) + rest, ends(protocol_error)},
      {"CONTINUATION of another stream", Given::nothing, first + frame(continuation, end_headers, 3, head().substr(9)),
       ends(protocol_error)},
      {"one too many", Given::nothing, first + rest + frame(continuation, end_headers, 1, field("x", "1")),
       ends(protocol_error)},
      {"malformed, in pieces", Given::nothing,
       headers_of(1, head() + field("X", "1"), end_stream) + frame(continuation, end_headers, 1, ""), resets(protocol_error)},
  });
}

TEST(Http2Protocol, compression) {
  const auto broken = [](const char* what, const std::string& block) {
    return Case{what, Given::nothing, headers_of(1, head() + block), ends(compression_error)};
  };
  expect({
      broken("index 0", bytes({0x80})),
      broken("an index behind the tables", bytes({0xBE})),
      broken("a name behind the tables", bytes({0x7E, 1, 'x'})),
      broken("an index that does not end", bytes({0xFF, 0x80})),
      broken("an index that overflows", bytes({0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F})),
      broken("a length that overflows", bytes({0x00, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F})),
      broken("a text that is cut", bytes({0x00, 10, 'x', 'y'})),
      broken("Huffman, padding of zeros", bytes({0x00, 1, 'x', 0x81, 0x18})),
      broken("Huffman, a byte of padding", bytes({0x00, 1, 'x', 0x82, 0x1F, 0xFF})),
      broken("Huffman, end of string", bytes({0x00, 1, 'x', 0x84, 0xFF, 0xFF, 0xFF, 0xFF})),
      broken("a table behind a field", bytes({0x20})),
      {"a table too large", Given::nothing, headers_of(1, bytes({0x3F, 0xE2, 0x1F}) + head()), ends(compression_error)},
      {"an entry that was evicted", Given::nothing,
       headers_of(1, head() + bytes({0x40, 1, 'x', 1, '1'})) + headers_of(3, bytes({0x20}) + head() + bytes({0xBE})),
       ends(compression_error)},
      {"the largest table", Given::nothing, headers_of(1, bytes({0x3F, 0xE1, 0x1F}) + head()), goes_on},
      {"two changes of the table", Given::nothing, headers_of(1, bytes({0x20, 0x3F, 0xE1, 0x1F}) + head()), goes_on},
      {"Huffman", Given::nothing, headers_of(1, head() + bytes({0x00, 1, 'x', 0x81, 0x1F})), goes_on},
      {"an entry of the table", Given::nothing,
       headers_of(1, head() + bytes({0x40, 1, 'x', 1, '1'})) + headers_of(3, head() + bytes({0xBE})), goes_on},
      {"never indexed", Given::nothing, headers_of(1, head() + bytes({0x10, 1, 'x', 1, '1'})), goes_on},
      // In trailers and in what is dropped as well: the state is shared.
      {"in trailers", Given::open, headers_of(1, bytes({0x80})), ends(compression_error)},
      {"on a stream that we have reset", Given::reset_by_us, headers_of(1, bytes({0x80})), ends(compression_error)},
  });
}

}  // namespace
}  // namespace gw::http::test::h2
