// The server's side of HTTP/2, frame by frame: what BuildKit's session is served with.

#include "gateway/http/h2/server_connection.hpp"

#include <gtest/gtest.h>

#include <map>

#include "tests/gateway/http/connection_scene.hpp"

namespace gw::http::test {
namespace {

enum Type : std::uint8_t { data = 0, headers = 1, rst_stream = 3, settings = 4, ping = 6, goaway = 7, window_update = 8 };
constexpr std::uint8_t end_stream = 1, ack = 1, end_headers = 4;
constexpr std::uint32_t protocol_error = 1, internal_error = 2, flow_control_error = 3, frame_size_error = 6,
                        refused_stream = 7;

struct Frame {
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;
  std::string payload;
};

std::string number(std::uint32_t value) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<char>(value >> shift));
  return bytes;
}

std::uint32_t number_in(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char c : bytes.substr(0, 4)) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
  std::string bytes = number(static_cast<std::uint32_t>(payload.size())).substr(1);
  bytes.push_back(static_cast<char>(type));
  bytes.push_back(static_cast<char>(flags));
  return bytes.append(number(stream)).append(payload);
}

/// A literal field that is not indexed, without Huffman codes (RFC 7541 §6.2.2).
std::string field(std::string_view name, std::string_view value) {
  const auto text = [](std::string_view of) {
    std::string out;
    if (of.size() < 127) {
      out.push_back(static_cast<char>(of.size()));
    } else {
      out.push_back(127);
      std::size_t rest = of.size() - 127;
      for (; rest >= 128; rest >>= 7) out.push_back(static_cast<char>(rest % 128 + 128));
      out.push_back(static_cast<char>(rest));
    }
    return out.append(of);
  };
  return std::string(1, '\0') + text(name) + text(value);
}

std::string head(std::string_view method = "GET", std::string_view path = "/a") {
  return field(":method", method) + field(":scheme", "http") + field(":path", path) + field(":authority", "h");
}

struct Served {
  Served() {
    auto ends = net::test::connected(loop);
    peer = std::move(ends.peer);
    loop.worker.spawn(run(std::move(ends.stream)));
    peer.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(settings, 0, 0, ""));
  }
  ~Served() {
    if (stopper != nullptr) stopper->stop(true);
    EXPECT_TRUE(loop.until([&] { return over; }));
    loop.settle();
  }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  Task<> run(std::unique_ptr<net::Stream> stream) {
    ConnectionInfo info;
    co_await h2::serve(std::move(stream), handler, std::move(info), &stopper);
    over = true;
  }
  void get(std::uint32_t stream, std::string_view fields = head()) {
    peer.send(frame(headers, end_headers | end_stream, stream, fields));
  }
  /// Waits for a frame; null when none comes.
  const Frame* wait(std::uint8_t type, std::uint32_t stream, std::uint8_t flags = 0) {
    const Frame* found = nullptr;
    (void)loop.until([&] {
      pull();
      for (const auto& one : frames)
        if (one.type == type && one.stream == stream && (one.flags & flags) == flags) found = &one;
      return found != nullptr;
    });
    return found;
  }
  void pull() {
    peer.pull();
    while (peer.received.size() >= 9) {
      const std::string_view all = peer.received;
      const std::size_t size = number_in(std::string(1, '\0') + std::string(all.substr(0, 3)));
      if (all.size() < 9 + size) return;
      frames.push_back({static_cast<std::uint8_t>(all[3]), static_cast<std::uint8_t>(all[4]), number_in(all.substr(5)),
                        std::string(all.substr(9, size))});
      peer.received.erase(0, 9 + size);
    }
  }
  std::size_t bytes_of(std::uint32_t stream) {
    loop.settle();
    pull();
    std::size_t sum = 0;
    for (const auto& one : frames)
      if (one.type == data && one.stream == stream) sum += one.payload.size();
    return sum;
  }
  bool ended() {
    return loop.until([&] { return pull(), peer.over(); });
  }
  /// Does the connection still answer?
  bool alive(std::uint32_t stream) {
    handler.script = echo;
    get(stream);
    return wait(data, stream, end_stream) != nullptr;
  }

  Loop loop;
  Scripted handler;
  Peer peer;
  h2::Stopper* stopper = nullptr;
  std::vector<Frame> frames;
  bool over = false;
};

TEST(Http2, tells_its_settings_and_acknowledges_the_clients) {
  Served served;
  const Frame* ours = served.wait(settings, 0);
  ASSERT_NE(nullptr, ours);
  ASSERT_NE(nullptr, served.wait(settings, 0, ack));
  std::map<int, std::uint32_t> told;
  for (const auto& one : served.frames)
    for (std::size_t at = 0; one.type == settings && at + 6 <= one.payload.size(); at += 6)
      told[one.payload[at + 1]] = number_in(std::string_view(one.payload).substr(at + 2));
  EXPECT_EQ(100U, told[3]) << "concurrent streams";
  EXPECT_EQ(32U * 1024, told[6]) << "bytes of a field list";
}

TEST(Http2, answers_requests_and_pings) {
  Served served;
  served.peer.send(frame(ping, 0, 0, "12345678"));
  served.get(1);
  const Frame* pong = served.wait(ping, 0, ack);
  ASSERT_NE(nullptr, pong);
  EXPECT_EQ("12345678", pong->payload);
  const Frame* body = served.wait(data, 1, end_stream);
  ASSERT_NE(nullptr, body);
  EXPECT_EQ("GET /a ", body->payload);
}

TEST(Http2, a_reset_stream_is_told_to_its_handler_and_to_no_other) {
  Served served;
  bool gone = false;
  served.handler.script = [&](ClientSide& client, RequestHead&) -> Task<> {
    net::Waiter never;
    client.watch([&] {
      gone = true;
      never.notify();
    });
    co_await never.wait();
  };
  served.get(1);
  ASSERT_TRUE(served.loop.until([&] { return served.handler.handled == 1; }));
  served.peer.send(frame(rst_stream, 0, 1, number(8)));
  EXPECT_TRUE(served.loop.until([&] { return gone; }));
  EXPECT_TRUE(served.alive(3));
}

TEST(Http2, an_answer_waits_for_the_clients_window) {
  Served served;
  const std::string big(100'000, 'x');
  served.handler.script = [&](ClientSide& client, RequestHead&) -> Task<> {
    const auto answer = response(200, BodySize::of(big.size()));
    (void)co_await client.write_head(answer, {big, true, nullptr});
  };
  served.get(1);
  ASSERT_NE(nullptr, served.wait(data, 1));
  EXPECT_EQ(65'535U, served.bytes_of(1));
  served.peer.send(frame(window_update, 0, 0, number(50'000)));
  EXPECT_EQ(65'535U, served.bytes_of(1)) << "the stream has a window of its own";
  served.peer.send(frame(window_update, 0, 1, number(50'000)));
  ASSERT_NE(nullptr, served.wait(data, 1, end_stream));
  EXPECT_EQ(big.size(), served.bytes_of(1));
}

TEST(Http2, credit_goes_out_when_the_handler_reads) {
  Served served;
  net::Waiter go;
  std::size_t read = 0;
  served.handler.script = [&](ClientSide& client, RequestHead&) -> Task<> {
    co_await go.wait();
    for (bool more = true; more;) {
      const auto piece = co_await client.read_body();
      if (!piece) co_return client.abort();
      read += piece->data.size();
      more = !piece->last;
    }
    const auto answer = response(204);
    (void)co_await client.write_head(answer, {});
  };
  served.peer.send(frame(headers, end_headers, 1, head("POST")));
  const std::string piece(15'000, 'x');
  for (int i = 0; i != 4; ++i) served.peer.send(frame(data, 0, 1, piece));
  served.loop.settle();
  served.pull();
  for (const auto& one : served.frames) EXPECT_NE(window_update, one.type) << "nobody has read anything";
  go.notify();
  EXPECT_NE(nullptr, served.wait(window_update, 1));
  EXPECT_NE(nullptr, served.wait(window_update, 0));
  served.peer.send(frame(data, end_stream, 1, piece));
  EXPECT_NE(nullptr, served.wait(headers, 1));
  EXPECT_EQ(75'000U, read);
}

TEST(Http2, more_than_the_window_is_an_error) {
  Served served;
  served.handler.script = [](ClientSide& client, RequestHead&) -> Task<> {
    net::Waiter never;
    client.watch([&] { never.notify(); });
    co_await never.wait();
  };
  served.peer.send(frame(headers, end_headers, 1, head("POST")));
  for (int i = 0; i != 5; ++i) served.peer.send(frame(data, 0, 1, std::string(16'000, 'x')));
  const Frame* last = served.wait(goaway, 0);
  ASSERT_NE(nullptr, last);
  EXPECT_EQ(flow_control_error, number_in(last->payload.substr(4)));
  EXPECT_TRUE(served.ended());
}

TEST(Http2, an_orderly_stop_lets_streams_end_and_says_so) {
  Served served;
  net::Waiter go;
  served.handler.script = [&](ClientSide& client, RequestHead& request) -> Task<> {
    co_await go.wait();
    co_await echo(client, request);
  };
  served.get(1);
  ASSERT_TRUE(served.loop.until([&] { return served.handler.handled == 1; }));
  served.stopper->stop(false);
  const Frame* told = served.wait(goaway, 0);
  ASSERT_NE(nullptr, told);
  EXPECT_EQ(1U, number_in(told->payload)) << "the last stream that is still served";
  EXPECT_EQ(0U, number_in(told->payload.substr(4)));
  served.get(3);
  served.loop.settle();
  EXPECT_EQ(1, served.handler.handled) << "a stream behind the GOAWAY";
  go.notify();
  EXPECT_NE(nullptr, served.wait(data, 1, end_stream));
  EXPECT_TRUE(served.ended());
}

TEST(Http2, a_frame_that_is_too_large_ends_the_connection) {
  Served served;
  served.peer.send(frame(headers, end_headers, 1, head("POST")));
  served.peer.send(frame(data, 0, 1, std::string(16'385, 'x')));
  const Frame* told = served.wait(goaway, 0);
  ASSERT_NE(nullptr, told);
  EXPECT_EQ(frame_size_error, number_in(told->payload.substr(4)));
  EXPECT_TRUE(served.ended());
}

TEST(Http2, a_field_list_over_the_limit_resets_its_stream_only) {
  Served served;
  // 33 fields of 1000 bytes, in a head and two continuations.
  std::string fields = head();
  for (int i = 0; i != 33; ++i) fields += field("x-" + std::to_string(i), std::string(1'000, 'y'));
  served.peer.send(frame(headers, end_stream, 1, fields.substr(0, 16'000)) + frame(9, 0, 1, fields.substr(16'000, 16'000)) +
                   frame(9, end_headers, 1, fields.substr(32'000)));
  const Frame* told = served.wait(rst_stream, 1);
  ASSERT_NE(nullptr, told);
  EXPECT_EQ(internal_error, number_in(told->payload));
  EXPECT_EQ(0, served.handler.handled);
  EXPECT_TRUE(served.alive(3));
}

TEST(Http2, small_fields_count_with_what_they_cost) {
  Served served;
  std::string fields = head();
  for (int i = 0; i != 1'000; ++i) fields += field("a", "");
  served.get(1, fields);
  EXPECT_NE(nullptr, served.wait(rst_stream, 1));
  EXPECT_EQ(0, served.handler.handled);
}

TEST(Http2, malformed_requests_reach_no_handler_and_harm_no_other_stream) {
  const std::string hostile[] = {head() + field("connection", "close"),
                                 head() + field("X-Upper", "1"),
                                 head() + field("x", "a\r\nb: c"),
                                 field(":method", "GET") + field(":scheme", "http") + field(":authority", "h"),
                                 head() + field(":path", "/b"),
                                 head() + field("transfer-encoding", "chunked"),
                                 head() + field("te", "gzip"),
                                 head() + field("content-length", "5"),
                                 head("CONNECT"),
                                 head("GET", "relative"),
                                 head() + field("host", "other")};
  for (const auto& fields : hostile) {
    Served served;
    served.get(1, fields);
    const Frame* told = served.wait(rst_stream, 1);
    EXPECT_NE(nullptr, told) << fields;
    EXPECT_EQ(0, served.handler.handled) << fields;
    EXPECT_TRUE(served.alive(3)) << fields;
  }
}

TEST(Http2, a_body_that_is_not_as_long_as_stated_is_reset) {
  Served served;
  served.handler.script = [](ClientSide& client, RequestHead& request) -> Task<> {
    const auto body = co_await read_whole(client, request);
    EXPECT_FALSE(body) << "it was never complete";
    client.abort();
  };
  served.peer.send(frame(headers, end_headers, 1, head("POST") + field("content-length", "5")));
  served.peer.send(frame(data, end_stream, 1, "abc"));
  const Frame* told = served.wait(rst_stream, 1);
  ASSERT_NE(nullptr, told);
  EXPECT_EQ(protocol_error, number_in(told->payload));
  EXPECT_TRUE(served.alive(3));
}

TEST(Http2, streams_beyond_a_hundred_are_refused) {
  // A client that has not heard of the limit yet may be over it; one that has acknowledged it breaks the protocol.
  for (const bool acknowledged : {false, true}) {
    Served served;
    served.handler.script = [](ClientSide& client, RequestHead&) -> Task<> {
      net::Waiter never;
      client.watch([&] { never.notify(); });
      co_await never.wait();
    };
    ASSERT_NE(nullptr, served.wait(settings, 0, ack));
    if (acknowledged) served.peer.send(frame(settings, ack, 0, ""));
    for (std::uint32_t stream = 1; stream <= 201; stream += 2) served.get(stream);
    const Frame* told = acknowledged ? served.wait(goaway, 0) : served.wait(rst_stream, 201);
    ASSERT_NE(nullptr, told);
    EXPECT_EQ(acknowledged ? protocol_error : refused_stream, number_in(told->payload.substr(acknowledged ? 4 : 0)));
    EXPECT_EQ(100, served.handler.handled);
  }
}

TEST(Http2, what_is_no_http2_ends_the_connection) {
  Loop loop;
  Scripted handler;
  auto ends = net::test::connected(loop);
  bool over = false;
  auto run = [&](std::unique_ptr<net::Stream> stream) -> Task<> {
    ConnectionInfo info;
    co_await h2::serve(std::move(stream), handler, std::move(info));
    over = true;
  };
  loop.worker.spawn(run(std::move(ends.stream)));
  ends.peer.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(loop.until([&] { return over; }));
  EXPECT_EQ(0, handler.handled);
}

}  // namespace
}  // namespace gw::http::test
