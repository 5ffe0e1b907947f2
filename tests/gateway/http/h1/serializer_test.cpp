#include "gateway/http/h1/serializer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace gw::http::h1 {
namespace {

RequestHead request(std::string_view method, BodySize body = {}) {
  RequestHead head;
  head.method = method;
  head.authority = "a.test";
  head.path = "/p";
  head.query = "?q";
  head.body = body;
  return head;
}

std::string written(const RequestHead& head) {
  std::string out;
  append_request(out, head);
  return out;
}

std::string written(const ResponseHead& head, const ResponseWriting& writing = {}) {
  std::string out;
  append_response(out, head, writing);
  return out;
}

ResponseHead response(std::uint16_t status, BodySize body = {}) {
  ResponseHead head;
  head.status = status;
  head.body = body;
  return head;
}

TEST(Serializer, a_request_is_written_canonically) {
  RequestHead head = request("GET");
  head.fields.add("accept", "*/*");
  EXPECT_EQ(written(head), "GET /p?q HTTP/1.1\r\nhost: a.test\r\naccept: */*\r\n\r\n");
}

TEST(Rule44, framing_is_forwarded_exactly) {
  const std::string start = " /p?q HTTP/1.1\r\nhost: a.test\r\n";
  EXPECT_EQ(written(request("GET", BodySize::of(5))), "GET" + start + "content-length: 5\r\n\r\n");
  EXPECT_EQ(written(request("GET", BodySize::of(0))), "GET" + start + "content-length: 0\r\n\r\n");
  EXPECT_EQ(written(request("DELETE", BodySize::unknown())), "DELETE" + start + "transfer-encoding: chunked\r\n\r\n");
  EXPECT_EQ(written(request("GET")), "GET" + start + "\r\n");
  for (const char* method : {"POST", "PUT", "PATCH"})
    EXPECT_EQ(written(request(method)), method + start + "content-length: 0\r\n\r\n");
}

TEST(Rule37, the_expectation_is_forwarded) {
  RequestHead head = request("PUT", BodySize::of(5));
  head.expects_continue = true;
  EXPECT_TRUE(written(head).ends_with("expect: 100-continue\r\n\r\n"));
}

TEST(Serializer, a_tunnel_is_an_upgrade) {
  RequestHead head = request("GET");
  head.tunnel = Tunnel::websocket;
  EXPECT_EQ(written(head), "GET /p?q HTTP/1.1\r\nhost: a.test\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");

  ResponseHead answer = response(101);
  answer.tunnel = Tunnel::websocket;
  answer.protocol = "websocket";
  answer.body = BodySize::unknown();
  EXPECT_EQ(written(answer), "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
}

TEST(Serializer, a_response_states_its_length) {
  ResponseHead head = response(200, BodySize::of(5));
  head.fields.add(Name::content_type, "text/plain");
  EXPECT_EQ(written(head, {.date = "today"}),
            "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ndate: today\r\ncontent-length: 5\r\n\r\n");
  EXPECT_EQ(written(response(200)), "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  EXPECT_EQ(written(response(200, BodySize::unknown())), "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
}

TEST(Serializer, the_date_of_the_app_is_kept) {
  ResponseHead head = response(200);
  head.fields.add(Name::date, "then");
  EXPECT_EQ(written(head, {.date = "today"}), "HTTP/1.1 200 OK\r\ndate: then\r\ncontent-length: 0\r\n\r\n");
}

TEST(Serializer, a_status_without_a_reason_keeps_its_space) {
  EXPECT_TRUE(written(response(299)).starts_with("HTTP/1.1 299 \r\n"));
}

TEST(Rule38, interim_heads_have_no_framing) {
  ResponseHead head = response(103);
  head.fields.add("link", "a");
  EXPECT_EQ(written(head, {.date = "today"}), "HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n");
}

TEST(Rule39, bodiless_answers_state_only_what_they_may) {
  EXPECT_EQ(written(response(204, BodySize::of(0))), "HTTP/1.1 204 No Content\r\n\r\n");
  ResponseHead unchanged = response(304);
  EXPECT_EQ(written(unchanged), "HTTP/1.1 304 Not Modified\r\n\r\n");
  unchanged.length_stated = true;
  unchanged.stated_length = 7;
  EXPECT_EQ(written(unchanged), "HTTP/1.1 304 Not Modified\r\ncontent-length: 7\r\n\r\n");
  EXPECT_EQ(written(response(200, BodySize::of(5)), {.head_request = true}), "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n");
  EXPECT_EQ(written(response(200), {.head_request = true}), "HTTP/1.1 200 OK\r\n\r\n");
}

TEST(Rule47, http_1_0_gets_no_chunked) {
  std::string out;
  EXPECT_EQ(append_response(out, response(200, BodySize::unknown()), {.http_1_0 = true}), Framing::until_close);
  EXPECT_EQ(out, "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
  // Without chunks there are no trailers that could be announced.
  ResponseHead announcing = response(200, BodySize::unknown());
  announcing.fields.add(Name::trailer, "x-t");
  EXPECT_EQ(written(announcing, {.http_1_0 = true}), out);
  EXPECT_TRUE(written(response(200, BodySize::of(5)), {.http_1_0 = true}).ends_with("connection: keep-alive\r\n\r\n"));
  EXPECT_TRUE(
      written(response(200, BodySize::of(5)), {.close = true, .http_1_0 = true}).ends_with("connection: close\r\n\r\n"));
}

TEST(Serializer, a_426_names_its_upgrade) {
  ResponseHead head = response(426, BodySize::of(0));
  head.protocol = "websocket";
  EXPECT_TRUE(written(head).ends_with("content-length: 0\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"));
}

TEST(Serializer, chunks) {
  std::string out;
  append_chunk_start(out, 255);
  out += "data";
  out += chunk_end;
  append_last_chunk(out, nullptr);
  EXPECT_EQ(out, "ff\r\ndata\r\n0\r\n\r\n");

  Fields trailers;
  trailers.add("grpc-status", "0");
  out.clear();
  append_last_chunk(out, &trailers);
  EXPECT_EQ(out, "0\r\ngrpc-status: 0\r\n\r\n");
}

TEST(Serializer, heads_are_appended_to_what_is_there) {
  std::string out = "before";
  append_request(out, request("GET"));
  EXPECT_TRUE(out.starts_with("beforeGET /p"));
}

}  // namespace
}  // namespace gw::http::h1
