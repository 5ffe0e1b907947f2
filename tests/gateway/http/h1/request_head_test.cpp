// Rules 20-37, the parser's part: what a request asks for and what may not travel on.

#include <gtest/gtest.h>

#include "tests/gateway/http/h1/reading.hpp"

namespace gw::http::h1 {
namespace {

using net::Code;

TEST(RequestParser, a_head_is_normalised) {
  const std::string text = "GET /a/./b?c=d HTTP/1.1\r\nHost: Demo.Test.:8080\r\nAccept:  */* \r\nX-Empty:\r\n\r\nrest";

  const ReadRequest read = read_request(text);

  ASSERT_FALSE(read.refused);
  EXPECT_EQ(read.consumed, text.size() - 4);
  EXPECT_EQ(read.head.method, "GET");
  EXPECT_EQ(read.head.authority, "demo.test:8080");
  EXPECT_EQ(read.head.path, "/a/b");
  EXPECT_EQ(read.head.query, "?c=d");
  ASSERT_EQ(read.head.fields.size(), 2u);
  EXPECT_EQ(read.head.fields.find(Name::accept), "*/*");
  EXPECT_EQ(read.head.fields.find("x-empty"), "");
  EXPECT_TRUE(read.keep_alive);
}

TEST(RequestParser, what_was_understood_of_a_refused_request_is_told) {
  const ReadRequest read = read_request("GET /a HTTP/1.1\r\nHost: a.test\r\nA : b\r\n\r\n");
  EXPECT_EQ(read.refused, Code::bad_field_name);
  EXPECT_EQ(read.head.method, "GET");
  EXPECT_EQ(read.head.path, "/a");
  EXPECT_EQ(read.head.authority, "a.test");
}

TEST(RequestParser, keep_alive_follows_version_and_connection) {
  EXPECT_TRUE(read_request(get("")).keep_alive);
  EXPECT_FALSE(read_request(get("Connection: close\r\n")).keep_alive);
  EXPECT_FALSE(read_request(get("Connection: keep-alive, Close\r\n")).keep_alive);
  EXPECT_FALSE(read_request("GET / HTTP/1.0\r\n\r\n").keep_alive);
  EXPECT_TRUE(read_request("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keep_alive);
}

TEST(RequestParser, one_head_leaves_nothing_behind_for_the_next) {
  RequestParser parser;
  RequestHead head;
  const std::string first = "POST /a?b HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 5\r\nTE: trailers\r\nA: b\r\n\r\n";
  ASSERT_EQ(*parser.parse(first, head), first.size());
  const std::string second = "GET / HTTP/1.1\r\nHost: c\r\n\r\n";

  ASSERT_EQ(*parser.parse(second, head), second.size());

  EXPECT_EQ(head.query, "");
  EXPECT_EQ(head.body, BodySize::none());
  EXPECT_TRUE(head.fields.empty());
  EXPECT_FALSE(head.http_1_0());
  EXPECT_FALSE(head.trailers_welcome);
}

TEST(RequestParser, a_started_head_is_told_from_an_idle_connection) {
  RequestParser parser;
  RequestHead head;
  EXPECT_EQ(*parser.parse(std::string_view{""}, head), 0u);
  EXPECT_EQ(*parser.parse(std::string_view{"\r\n"}, head), 0u);
  EXPECT_FALSE(parser.started());
  EXPECT_EQ(*parser.parse(std::string_view{"\r\nG"}, head), 0u);
  EXPECT_TRUE(parser.started());
}

TEST(Rule20, missing_or_repeated_host_is_refused) {
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\n\r\n"), Code::bad_host);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost:\r\n\r\n"), Code::bad_host);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), Code::bad_host);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"), Code::bad_host);
  EXPECT_EQ(refusal("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"), Code::bad_host);
}

TEST(Rule20, http_1_0_needs_no_host) {
  const ReadRequest read = read_request("GET / HTTP/1.0\r\n\r\n");
  EXPECT_FALSE(read.refused);
  EXPECT_EQ(read.head.authority, "");
}

TEST(Rule21, absolute_form_is_accepted_and_becomes_origin_form) {
  const ReadRequest read = read_request("GET http://A.test:80/x?y HTTP/1.1\r\nHost: a.test\r\n\r\n");
  ASSERT_FALSE(read.refused);
  EXPECT_EQ(read.head.authority, "a.test:80");
  EXPECT_EQ(read.head.path, "/x");
  EXPECT_EQ(read.head.query, "?y");
  EXPECT_EQ(read_request("GET http://a.test HTTP/1.1\r\nHost: a.test\r\n\r\n").head.path, "/");
  EXPECT_EQ(read_request("GET http://a.test?b HTTP/1.1\r\nHost: a.test\r\n\r\n").head.query, "?b");
  EXPECT_EQ(read_request("GET http://a.test/ HTTP/1.0\r\n\r\n").head.authority, "a.test");
}

TEST(Rule21, a_host_that_differs_from_the_target_is_refused) {
  EXPECT_EQ(refusal("GET http://a.test/ HTTP/1.1\r\nHost: b.test\r\n\r\n"), Code::host_mismatch);
  EXPECT_EQ(refusal("GET http://a.test:81/ HTTP/1.1\r\nHost: a.test\r\n\r\n"), Code::host_mismatch);
  EXPECT_EQ(refusal("GET http://u@a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n"), Code::bad_host);
  EXPECT_EQ(refusal("GET http:/// HTTP/1.1\r\nHost: a.test\r\n\r\n"), Code::bad_host);
  EXPECT_EQ(refusal("GET http://a.test/ HTTP/1.1\r\n\r\n"), Code::bad_host);
}

TEST(Rule21, the_scheme_is_the_listeners) {
  RequestRules tls;
  tls.tls = true;
  const char* const secure = "GET https://a.test/ HTTP/1.1\r\nHost: a.test:443\r\n\r\n";
  EXPECT_EQ(refusal(secure), Code::bad_target);
  EXPECT_FALSE(read_request(secure, tls).refused);
  EXPECT_EQ(refusal("GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n", tls), Code::bad_target);
  EXPECT_EQ(refusal("GET ftp://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n"), Code::bad_target);
  EXPECT_FALSE(read_request("GET HTTP://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n").refused);
}

TEST(Rule22, asterisk_is_for_options_and_authority_form_for_nobody) {
  EXPECT_EQ(read_request("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").head.path, "*");
  EXPECT_EQ(read_request("OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n").head.path, "*");
  EXPECT_EQ(refusal(get("", "*")), Code::bad_target);
  EXPECT_EQ(refusal(get("", "a.test:80")), Code::bad_target);
  EXPECT_EQ(refusal(get("", "a/b")), Code::bad_target);
  EXPECT_EQ(refusal("OPTIONS a.test:80 HTTP/1.1\r\nHost: a\r\n\r\n"), Code::bad_target);
}

TEST(Rule23, bad_characters_in_the_target_are_refused) {
  for (const char* target : {"/a\"b", "/a<b", "/a>b", "/a\\b", "/a^b", "/a`b", "/a{b", "/a|b", "/a}b", "/a#b", "/a\xC3\xA4",
                             "/a\x01", "/?a\"b", "/?a<b", "/a|b?c"})
    EXPECT_EQ(refusal(get("", target)), Code::bad_target) << target;
}

TEST(Rule23, queries_of_browsers_pass_escaped) { EXPECT_EQ(read_request(get("", "/a?b={c|d}")).head.query, "?b=%7Bc%7Cd%7D"); }

TEST(Rule24, bad_escapes_in_the_path_are_refused) {
  for (const char* target : {"/%zz", "/%a", "/%00", "/%0d", "/%0a"})
    EXPECT_EQ(refusal(get("", target)), Code::bad_path) << target;
}

TEST(Rule25, paths_are_normalised_before_anybody_sees_them) {
  EXPECT_EQ(read_request(get("", "/a/%2e%2e//b/%7Ec")).head.path, "/b/~c");
  EXPECT_EQ(refusal(get("", "/../a")), Code::bad_path);
}

TEST(Rule30, fields_of_this_connection_do_not_travel_on) {
  const ReadRequest read = read_request(
      get("Connection: keep-alive, X-Custom, TE\r\nKeep-Alive: timeout=5\r\nProxy-Connection: x\r\nTE: trailers\r\n"
          "X-Custom: 1\r\nX-Custom: 2\r\nTrailer: X-T\r\nUpgrade: foo\r\nHTTP2-Settings: AAA\r\nX-Kept: 1\r\n"));
  ASSERT_FALSE(read.refused);
  ASSERT_EQ(read.head.fields.size(), 1u);
  EXPECT_EQ(read.head.fields[0].name, "x-kept");
  EXPECT_TRUE(read.head.trailers_welcome);
}

TEST(Rule30, trailer_travels_with_the_trailers) {
  EXPECT_TRUE(read_request(post("Trailer: X-T\r\nTransfer-Encoding: chunked\r\n")).head.fields.contains(Name::trailer));
  EXPECT_FALSE(read_request(post("Trailer: X-T\r\nContent-Length: 5\r\n")).head.fields.contains(Name::trailer));
}

TEST(Rule31, connection_cannot_strip_what_a_request_means) {
  for (const char* name : {"Host", "Content-Length", "Content-Type", "Cookie", "Authorization", "Forwarded", "X-Forwarded-For",
                           "X-Forwarded-Host", "X-Real-IP", "Via", "X-Request-Id", "X-Forwarded-New", "True-Client-IP"})
    EXPECT_EQ(refusal(get("Connection: close, " + std::string{name} + "\r\n")), Code::bad_connection_option) << name;
  EXPECT_EQ(refusal(get("Connection: a b\r\n")), Code::bad_connection_option);
  EXPECT_FALSE(read_request(get("Connection: , close,,\r\n")).refused);
}

TEST(Rule32, fields_for_the_proxy_itself_are_stripped) {
  const ReadRequest read =
      read_request(get("Proxy: http://evil/\r\nProxy-Authorization: Basic x\r\nProxy-Authenticate: Basic\r\n"));
  ASSERT_FALSE(read.refused);
  EXPECT_TRUE(read.head.fields.empty());
}

TEST(Rule34, websocket_becomes_a_tunnel) {
  const ReadRequest read =
      read_request(get("Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: k\r\n"));
  ASSERT_FALSE(read.refused);
  EXPECT_EQ(read.head.tunnel, Tunnel::websocket);
  EXPECT_EQ(read.head.protocol, "websocket");
  EXPECT_EQ(read.head.body, BodySize::none());
  EXPECT_FALSE(read.head.fields.contains(Name::upgrade));
  EXPECT_TRUE(read.head.fields.contains(Name::sec_websocket_key));
}

TEST(Rule34, every_other_upgrade_is_silently_removed) {
  const std::string upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: ";
  for (const char* token : {"h2c", "TLS/1.0", "websockets", "HTTP/2.0"}) {
    const ReadRequest read = read_request(get(upgrade + token + "\r\nHTTP2-Settings: AAA\r\n"));
    EXPECT_FALSE(read.refused) << token;
    EXPECT_EQ(read.head.tunnel, Tunnel::none) << token;
    EXPECT_TRUE(read.head.fields.empty()) << token;
  }
  const std::string asked = "Upgrade: websocket\r\nSec-WebSocket-Key: k\r\n";
  for (const std::string& request :
       {get(asked), post("Connection: upgrade\r\n" + asked), "GET / HTTP/1.0\r\nConnection: upgrade\r\n" + asked + "\r\n"}) {
    const ReadRequest read = read_request(request);
    EXPECT_FALSE(read.refused) << request;
    EXPECT_EQ(read.head.tunnel, Tunnel::none) << request;
  }
}

TEST(Rule34, a_websocket_has_exactly_one_key) {
  const std::string upgrade = "Connection: upgrade\r\nUpgrade: websocket\r\n";
  const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  EXPECT_FALSE(read_request(get(upgrade + key)).refused);
  EXPECT_EQ(refusal(get(upgrade)), Code::bad_upgrade);
  EXPECT_EQ(refusal(get(upgrade + key + key)), Code::bad_upgrade);
  // The attempt to have it stripped as a field of the connection.
  EXPECT_EQ(refusal(get("Connection: upgrade, sec-websocket-key\r\nUpgrade: websocket\r\n" + key)), Code::bad_upgrade);
}

TEST(Rule35, an_upgrade_with_a_body_is_refused) {
  const std::string upgrade = "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n";
  EXPECT_EQ(refusal(get(upgrade + "Content-Length: 5\r\n")), Code::bad_upgrade);
  EXPECT_EQ(refusal(get(upgrade + "Transfer-Encoding: chunked\r\n")), Code::bad_upgrade);
  EXPECT_FALSE(read_request(get(upgrade + "Content-Length: 0\r\n")).refused);
}

TEST(Rule35, bytes_behind_an_upgrade_request_are_not_consumed) {
  const std::string request = get("Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n");
  EXPECT_EQ(read_request(request + "GET /smuggled").consumed, request.size());
}

TEST(Rule37, expectations_other_than_100_continue_fail) {
  EXPECT_EQ(refusal(post("Expect: 200-ok\r\n")), Code::bad_expectation);
  EXPECT_EQ(refusal(post("Expect:\r\n")), Code::bad_expectation);
  EXPECT_EQ(refusal(post("Expect: 100-continue, x\r\n")), Code::bad_expectation);
  const ReadRequest read = read_request(post("Expect: 100-Continue\r\nContent-Length: 5\r\n"));
  EXPECT_TRUE(read.head.expects_continue);
  EXPECT_TRUE(read.head.fields.empty());
  EXPECT_FALSE(read_request("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n").head.expects_continue);
  EXPECT_FALSE(read_request(get("Expect: 100-continue\r\n")).head.expects_continue);
}

TEST(Rule44, the_framing_of_a_get_with_a_body_is_kept) {
  EXPECT_EQ(read_request(get("Content-Length: 5\r\n")).head.body, BodySize::of(5));
  EXPECT_EQ(read_request(get("Transfer-Encoding: chunked\r\n")).head.body, BodySize::unknown());
}

TEST(Rule47, an_http_1_0_connection_is_kept_only_when_the_client_asks_for_it) {
  EXPECT_FALSE(read_request("GET / HTTP/1.0\r\n\r\n").keep_alive);
  EXPECT_TRUE(read_request("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keep_alive);
}

TEST(Rule47, pipelined_requests_are_read_in_order) {
  const std::string both = get("A: 1\r\n", "/1") + get("A: 2\r\n", "/2");
  RequestParser parser;
  RequestHead head;

  const std::size_t first = *parser.parse(both, head);
  EXPECT_EQ(head.path, "/1");
  const std::size_t second = *parser.parse(std::string_view{both}.substr(first), head);

  EXPECT_EQ(head.path, "/2");
  EXPECT_EQ(first + second, both.size());
}

}  // namespace
}  // namespace gw::http::h1
