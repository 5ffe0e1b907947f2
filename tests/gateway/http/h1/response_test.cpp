// Rules 12, 30-32 and 36-40, the parser's part: what an upstream may answer.

#include <gtest/gtest.h>

#include "gateway/http/h1/websocket.hpp"
#include "tests/gateway/http/h1/reading.hpp"

namespace gw::http::h1 {
namespace {

using net::Code;

std::string ok(std::string_view lines) { return "HTTP/1.1 200 OK\r\n" + std::string{lines} + "\r\n"; }

RequestHead websocket_request() {
  RequestHead request;
  request.method = "GET";
  request.tunnel = Tunnel::websocket;
  request.protocol = "websocket";
  request.fields.add(Name::sec_websocket_key, "dGhlIHNhbXBsZSBub25jZQ==");
  return request;
}

std::string switching(std::string_view lines) { return "HTTP/1.1 101 Switching Protocols\r\n" + std::string{lines} + "\r\n"; }

TEST(ResponseParser, a_head_is_normalised) {
  const ReadResponse read =
      read_response("HTTP/1.1 404 Not here\r\nContent-Length: 5\r\nX_Kept: Y\r\nSet-Cookie: a\r\n\r\nhello");
  ASSERT_FALSE(read.refused);
  EXPECT_EQ(read.head.status, 404);
  EXPECT_EQ(read.head.body, BodySize::of(5));
  EXPECT_EQ(read.framing, Framing::length);
  EXPECT_EQ(read.head.fields.find("x_kept"), "Y");
  EXPECT_EQ(read.head.fields.size(), 2u);
  EXPECT_TRUE(read.keep_alive);
}

TEST(ResponseParser, reason_may_be_missing) {
  EXPECT_FALSE(read_response("HTTP/1.1 200\r\n\r\n").refused);
  EXPECT_FALSE(read_response("HTTP/1.1 200 \r\n\r\n").refused);
}

TEST(ResponseParser, keep_alive_follows_version_and_connection) {
  EXPECT_TRUE(read_response(ok("Content-Length: 0\r\n")).keep_alive);
  EXPECT_FALSE(read_response(ok("Content-Length: 0\r\nConnection: Close\r\n")).keep_alive);
  EXPECT_FALSE(read_response("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").keep_alive);
  EXPECT_TRUE(read_response("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n").keep_alive);
}

TEST(ResponseParser, a_body_without_framing_ends_with_the_connection) {
  const ReadResponse read = read_response(ok(""));
  EXPECT_EQ(read.framing, Framing::until_close);
  EXPECT_EQ(read.head.body, BodySize::unknown());
  EXPECT_FALSE(read.keep_alive);
}

TEST(ResponseParser, heads_have_limits) {
  std::string lines;
  for (int i = 0; i != 200; ++i) lines += "A: b\r\n";
  EXPECT_FALSE(read_response(ok(lines)).refused);
  EXPECT_EQ(response_refusal(ok(lines + "A: b\r\n")), Code::fields_too_large);
  EXPECT_EQ(response_refusal(ok("A: " + std::string(65536, 'a') + "\r\n")), Code::fields_too_large);
  EXPECT_EQ(response_refusal("HTTP/1.1 200 OK\r\nA: " + std::string(65536, 'a')), Code::fields_too_large);
}

TEST(Rule12, folded_response_fields_are_refused) { EXPECT_EQ(response_refusal(ok("A: b\r\n c\r\n")), Code::folded_field); }

TEST(Rule30, fields_of_the_upstream_connection_do_not_travel_on) {
  const ReadResponse read = read_response(
      ok("Connection: x-custom\r\nKeep-Alive: timeout=5\r\nX-Custom: 1\r\nUpgrade: h2c\r\nProxy-Authenticate: Basic\r\n"
         "Trailer: X\r\nContent-Length: 0\r\nServer: s\r\n"));
  ASSERT_EQ(read.head.fields.size(), 1u);
  EXPECT_EQ(read.head.fields[0].id, Name::server);
}

TEST(Rule36, a_101_that_fits_becomes_a_tunnel) {
  const ReadResponse read = read_response(
      switching("Connection: Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"),
      websocket_request());
  ASSERT_FALSE(read.refused);
  EXPECT_EQ(read.head.tunnel, Tunnel::websocket);
  EXPECT_EQ(read.framing, Framing::until_close);
  EXPECT_FALSE(read.keep_alive);
  EXPECT_TRUE(read.head.fields.contains(Name::sec_websocket_accept));
  EXPECT_FALSE(read.head.interim());
}

TEST(Rule36, a_101_that_does_not_fit_is_refused) {
  const std::string accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
  const std::string upgrade = "Upgrade: websocket\r\n";
  const std::string connection = "Connection: upgrade\r\n";
  const RequestHead asked = websocket_request();
  EXPECT_EQ(response_refusal(switching(accept + upgrade), asked), Code::bad_upgrade);
  EXPECT_EQ(response_refusal(switching(accept + connection), asked), Code::bad_upgrade);
  EXPECT_EQ(response_refusal(switching(upgrade + connection), asked), Code::bad_upgrade);
  EXPECT_EQ(response_refusal(switching(upgrade + connection + "Sec-WebSocket-Accept: wrong\r\n"), asked), Code::bad_upgrade);
  EXPECT_EQ(response_refusal(switching(accept + accept + upgrade + connection), asked), Code::bad_upgrade);
  EXPECT_EQ(response_refusal(switching(accept + connection + "Upgrade: h2c\r\n"), asked), Code::bad_upgrade);
  EXPECT_EQ(response_refusal(switching(accept + connection + "Upgrade: h2c\r\n" + upgrade), asked), Code::bad_upgrade);
  EXPECT_EQ(response_refusal(switching(accept + upgrade + connection + "Content-Length: 5\r\n"), asked), Code::bad_upgrade);
  EXPECT_EQ(response_refusal(switching(accept + upgrade + connection + "Transfer-Encoding: chunked\r\n"), asked),
            Code::bad_upgrade);
  EXPECT_EQ(response_refusal("HTTP/1.0 101 x\r\n" + accept + upgrade + connection + "\r\n", asked), Code::bad_upgrade);
}

TEST(Rule36, an_unasked_101_is_refused) {
  EXPECT_EQ(response_refusal(switching("Connection: upgrade\r\nUpgrade: websocket\r\n")), Code::bad_interim);
}

TEST(Rule36, a_426_tells_its_upgrade) {
  const ReadResponse read =
      read_response("HTTP/1.1 426 Upgrade Required\r\nConnection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(read.head.protocol, "websocket");
  EXPECT_EQ(read.head.tunnel, Tunnel::none);
}

TEST(Rule36, our_own_upgrades_need_no_websocket_key) {
  RequestHead request;
  request.method = "POST";
  request.tunnel = Tunnel::upgrade;
  request.protocol = "tcp";
  const ReadResponse read = read_response(switching("Connection: Upgrade\r\nUpgrade: tcp\r\n"), request);
  EXPECT_EQ(read.head.tunnel, Tunnel::upgrade);
  EXPECT_EQ(response_refusal(switching("Connection: Upgrade\r\nUpgrade: h2c\r\n"), request), Code::bad_upgrade);
}

TEST(Rule38, interim_heads_come_before_the_final_one) {
  ResponseParser parser;
  parser.expect_answer_to({});
  ResponseHead head;
  const std::string_view text = "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  const std::size_t first = *parser.parse(text, head);
  EXPECT_TRUE(head.interim());
  EXPECT_EQ(head.body, BodySize::none());
  EXPECT_EQ(*parser.parse(text.substr(first), head), text.size() - first);
  EXPECT_EQ(head.status, 200);
}

TEST(Rule38, an_interim_head_with_a_body_is_refused) {
  EXPECT_EQ(response_refusal("HTTP/1.1 103 x\r\nContent-Length: 5\r\n\r\n"), Code::bad_interim);
  EXPECT_EQ(response_refusal("HTTP/1.1 100 x\r\nTransfer-Encoding: chunked\r\n\r\n"), Code::bad_interim);
}

TEST(Rule38, at_most_eight_interim_heads) {
  ResponseParser parser;
  parser.expect_answer_to({});
  ResponseHead head;
  for (int i = 0; i != 8; ++i) ASSERT_TRUE(parser.parse(std::string_view{"HTTP/1.1 102 x\r\n\r\n"}, head));
  const auto ninth = parser.parse(std::string_view{"HTTP/1.1 102 x\r\n\r\n"}, head);
  ASSERT_FALSE(ninth);
  EXPECT_EQ(ninth.error(), (net::Failure{Code::bad_interim, net::Side::upstream, net::Retry::never}));
}

TEST(Rule39, head_204_and_304_have_no_body) {
  RequestHead head_request;
  head_request.method = "HEAD";
  const ReadResponse head = read_response(ok("Content-Length: 5\r\n"), head_request);
  EXPECT_EQ(head.head.body, BodySize::none());
  EXPECT_EQ(head.framing, Framing::none);
  EXPECT_TRUE(head.head.length_stated);
  EXPECT_EQ(head.head.stated_length, 5u);
  EXPECT_TRUE(head.keep_alive);

  const ReadResponse unchanged = read_response("HTTP/1.1 304 x\r\nContent-Length: 7\r\n\r\n");
  EXPECT_EQ(unchanged.head.body, BodySize::none());
  EXPECT_EQ(unchanged.head.stated_length, 7u);

  for (const char* framing : {"Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"}) {
    const ReadResponse empty = read_response("HTTP/1.1 204 x\r\n" + std::string{framing} + "\r\n");
    EXPECT_EQ(empty.head.body, BodySize::none());
    EXPECT_EQ(empty.framing, Framing::none);
    EXPECT_FALSE(empty.head.length_stated);
  }
}

TEST(Rule40, chunked_wins_over_a_length_and_ends_the_reuse) {
  const ReadResponse read = read_response(ok("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"));
  ASSERT_FALSE(read.refused);
  EXPECT_EQ(read.framing, Framing::chunked);
  EXPECT_EQ(read.head.body, BodySize::unknown());
  EXPECT_FALSE(read.keep_alive);
  EXPECT_TRUE(read_response(ok("Transfer-Encoding: chunked\r\n")).keep_alive);
}

TEST(Rule40, conflicting_lengths_are_refused) {
  EXPECT_EQ(response_refusal(ok("Content-Length: 5\r\nContent-Length: 6\r\n")), Code::bad_content_length);
  EXPECT_EQ(response_refusal(ok("Content-Length: 5, 6\r\n")), Code::bad_content_length);
  EXPECT_EQ(response_refusal(ok("Content-Length: -5\r\n")), Code::bad_content_length);
  EXPECT_FALSE(read_response(ok("Content-Length: 5\r\nContent-Length: 5\r\n")).keep_alive);
}

TEST(Rule40, transfer_encodings_that_we_cannot_read_are_refused) {
  EXPECT_EQ(response_refusal(ok("Transfer-Encoding: gzip, chunked\r\n")), Code::unknown_transfer_coding);
  EXPECT_EQ(response_refusal(ok("Transfer-Encoding: chunked, chunked\r\n")), Code::bad_transfer_encoding);
  EXPECT_EQ(response_refusal(ok("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")), Code::bad_transfer_encoding);
}

TEST(Rule40, bad_status_lines_are_refused) {
  for (const char* line : {"HTTP/1.1 99 x", "HTTP/1.1 600 x", "HTTP/1.1 2000 x", "HTTP/1.1 20", "HTTP/1.1  200 x",
                           "HTTP/1.1 2x0 a", "HTTP/1.1 1:0 a", "HTTP/2.0 200 OK", "HTTP/1.2 200 OK", "ICY 200 OK",
                           "http/1.1 200 OK", "HTTP/1.1", "", "<html>", "HTTP/1.1 200 O\x01K", "HTTP/1.1 200 a\rb"})
    EXPECT_NE(response_refusal(std::string{line} + "\r\n\r\n"), Code::internal) << line;
  EXPECT_EQ(response_refusal("SSH-2.0-OpenSSH"), Code::bad_start_line);
}

TEST(Rule40, bad_fields_are_refused) {
  EXPECT_EQ(response_refusal(ok("A : b\r\n")), Code::bad_field_name);
  EXPECT_EQ(response_refusal(ok(": b\r\n")), Code::bad_field_name);
  EXPECT_EQ(response_refusal(ok("A: \x01\r\n")), Code::bad_field_value);
  EXPECT_EQ(response_refusal("HTTP/1.1 200 OK\nA: b\r\n\r\n"), Code::bad_line_end);
  EXPECT_EQ(response_refusal("HTTP/1.1 200 OK\r\nA: b\n\r\n"), Code::bad_line_end);
}

TEST(WebSocket, accept_is_the_one_of_the_rfc) {
  EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

}  // namespace
}  // namespace gw::http::h1
