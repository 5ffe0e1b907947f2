// Rules 1-19: how a request is framed. Every test is named after the rule that it keeps.

#include <gtest/gtest.h>

#include "tests/gateway/http/h1/reading.hpp"

namespace gw::http::h1 {
namespace {

using net::Code;

TEST(Rule01, content_length_with_transfer_encoding_is_refused) {
  EXPECT_EQ(refusal(post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")), Code::length_and_chunked);
  EXPECT_EQ(refusal(post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")), Code::length_and_chunked);
  EXPECT_EQ(refusal(post("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n")), Code::length_and_chunked);
}

TEST(Rule02, transfer_encoding_in_http_1_0_is_refused) {
  EXPECT_EQ(refusal("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"), Code::bad_transfer_encoding);
}

TEST(Rule03, transfer_encoding_is_exactly_chunked) {
  EXPECT_EQ(read_request(post("Transfer-Encoding: chunked\r\n")).head.body, BodySize::unknown());
  EXPECT_EQ(read_request(post("transfer-encoding:\tCHUNKED \r\n")).head.body, BodySize::unknown());
}

TEST(Rule03, unknown_codings_are_not_implemented) {
  for (const char* value : {"gzip", "gzip, chunked", "xchunked", "deflate,chunked"})
    EXPECT_EQ(refusal(post("Transfer-Encoding: " + std::string{value} + "\r\n")), Code::unknown_transfer_coding) << value;
}

TEST(Rule03, chunked_that_is_not_alone_and_last_is_refused) {
  for (const char* value : {"chunked, gzip", "identity", "identity, chunked", ",chunked", "chunked,", "chunked, chunked",
                            "chunked;a=b", "\"chunked\"", "", "chunked chunked"})
    EXPECT_EQ(refusal(post("Transfer-Encoding: " + std::string{value} + "\r\n")), Code::bad_transfer_encoding) << value;
  EXPECT_EQ(refusal(post("Transfer-Encoding: \x0b"
                         "chunked\r\n")),
            Code::bad_field_value);
  EXPECT_EQ(refusal(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")), Code::bad_transfer_encoding);
}

TEST(Rule04, several_content_lengths_are_refused_even_when_equal) {
  EXPECT_EQ(refusal(post("Content-Length: 5\r\nContent-Length: 5\r\n")), Code::bad_content_length);
  EXPECT_EQ(refusal(post("Content-Length: 5\r\nContent-Length: 6\r\n")), Code::bad_content_length);
  EXPECT_EQ(refusal(post("Content-Length: 5, 5\r\n")), Code::bad_content_length);
}

TEST(Rule05, content_length_is_digits_only) {
  for (const char* value : {"+5", "-1", "0x5", "5_0", "5 5", "", "5.0", "5a", "9223372036854775808", "99999999999999999999"})
    EXPECT_EQ(refusal(post("Content-Length: " + std::string{value} + "\r\n")), Code::bad_content_length) << value;
  EXPECT_EQ(read_request(post("Content-Length: 9223372036854775807\r\n")).head.body, BodySize::of(9223372036854775807u));
  EXPECT_EQ(read_request(post("Content-Length: 0\r\n")).head.body, BodySize::of(0));
  EXPECT_EQ(read_request(post("")).head.body, BodySize::none());
}

TEST(Rule10, bare_line_feed_is_refused) {
  EXPECT_EQ(refusal("GET / HTTP/1.1\nHost: a\r\n\r\n"), Code::bad_line_end);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: a\n\r\n"), Code::bad_line_end);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: a\r\n\n"), Code::bad_line_end);
  EXPECT_EQ(refusal("\nGET / HTTP/1.1\r\n"), Code::bad_line_end);
  EXPECT_EQ(refusal("\n\n" + get("")), Code::bad_line_end);
}

TEST(Rule10, bare_carriage_return_is_refused) {
  EXPECT_EQ(refusal("GET /\r HTTP/1.1\r\nHost: a\r\n\r\n"), Code::bad_line_end);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n"), Code::bad_line_end);
  EXPECT_EQ(refusal(get("A: b\rc: d\r\n")), Code::bad_line_end);
  EXPECT_EQ(refusal(get("A\rb: c\r\n")), Code::bad_line_end);
  EXPECT_EQ(refusal(get("A: b\r\r\n")), Code::bad_line_end);
  EXPECT_EQ(refusal("\rGET / HTTP/1.1\r\n"), Code::bad_line_end);
}

TEST(Rule11, control_characters_in_a_value_are_refused) {
  for (unsigned c = 0; c != 256; ++c) {
    if (c == '\n' || c == '\r') continue;
    const bool wrong = (c < ' ' && c != '\t') || c == 0x7F;
    for (const std::size_t before : {1u, 6u, 7u, 8u, 15u, 23u}) {
      const std::string value = std::string(before, 'a') + static_cast<char>(c) + std::string(9, 'b');
      const ReadRequest read = read_request(get("A: " + value + "\r\n"));
      EXPECT_EQ(read.refused == Code::bad_field_value, wrong) << c;
      EXPECT_EQ(read.head.fields.find("a") == value, !wrong) << c;
    }
  }
}

TEST(Rule12, folded_fields_are_refused) {
  EXPECT_EQ(refusal(get("A: b\r\n c\r\n")), Code::folded_field);
  EXPECT_EQ(refusal(get("A: b\r\n\tc: d\r\n")), Code::folded_field);
  EXPECT_EQ(refusal(get("A: b\r\n \r\n")), Code::folded_field);
}

TEST(Rule13, white_space_before_the_colon_is_refused) {
  EXPECT_EQ(refusal(get("A : b\r\n")), Code::bad_field_name);
  EXPECT_EQ(refusal(get("A\t: b\r\n")), Code::bad_field_name);
  EXPECT_EQ(refusal(get("Content-Length : 5\r\n")), Code::bad_field_name);
}

TEST(Rule13, white_space_line_behind_the_request_line_is_refused) {
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\n Host: a\r\n\r\n"), Code::folded_field);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\n \r\nHost: a\r\n\r\n"), Code::folded_field);
}

TEST(Rule14, names_are_tokens) {
  for (const char* line : {": b", "no colon", "A b: c", "A(b): c", "\"a\": c", "a\xC3: b", "a@b: c", "[a]: b"})
    EXPECT_EQ(refusal(get(std::string{line} + "\r\n")), Code::bad_field_name) << line;
  const std::string_view with_nul{"GET / HTTP/1.1\r\nHost: a\r\nA\0b: c\r\n\r\n", 37};
  EXPECT_EQ(refusal(with_nul), Code::bad_field_name);
}

TEST(Rule14, names_with_underscore_or_dot_are_dropped) {
  const std::string text = get("X_Forwarded_For: 1\r\nX.Auth.User: root\r\nContent_Length: 5\r\nX-Fine: 1\r\n");

  const ReadRequest read = read_request(text);

  ASSERT_EQ(read.head.fields.size(), 1u);
  EXPECT_EQ(read.head.fields[0].name, "x-fine");
  EXPECT_EQ(read.head.body, BodySize::none());
}

TEST(Rule14, unsafe_names_can_be_kept_or_refused) {
  RequestRules rules;
  rules.unsafe_names = UnsafeNames::keep;
  EXPECT_EQ(read_request(get("X_A: 1\r\n"), rules).head.fields.find("x_a"), "1");
  rules.unsafe_names = UnsafeNames::refuse;
  EXPECT_EQ(refusal(get("X_A: 1\r\n"), rules), Code::bad_field_name);
}

TEST(Rule15, two_blank_lines_before_a_request_are_skipped) {
  const std::string request = get("");
  EXPECT_EQ(read_request("\r\n\r\n" + request).consumed, request.size() + 4);
  EXPECT_EQ(refusal("\r\n\r\n\r\n" + request), Code::bad_start_line);
}

TEST(Rule15, exactly_one_space_between_the_parts_of_the_request_line) {
  for (const char* line : {"GET  / HTTP/1.1", "GET /  HTTP/1.1", " GET / HTTP/1.1", "GET / HTTP/1.1 ", "GET / a HTTP/1.1",
                           "GET /", "GET", "GET ", "GET / "})
    EXPECT_EQ(refusal(std::string{line} + "\r\nHost: a\r\n\r\n"), Code::bad_start_line) << line;
  EXPECT_EQ(refusal("GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"), Code::bad_method);
  EXPECT_EQ(refusal("GET /\tHTTP/1.1\r\nHost: a\r\n\r\n"), Code::bad_start_line);
}

TEST(Rule16, method_is_a_token_of_at_most_32_bytes) {
  const std::string rest = " / HTTP/1.1\r\nHost: a\r\n\r\n";
  EXPECT_EQ(read_request("BREW" + rest).head.method, "BREW");
  EXPECT_EQ(read_request("get" + rest).head.method, "get");
  EXPECT_EQ(read_request(std::string(32, 'M') + rest).head.method, std::string(32, 'M'));
  EXPECT_EQ(refusal(std::string(33, 'M') + rest), Code::bad_method);
  for (const char* method : {"G(T", "G\"T", "G\xC3T", "G:T", "G@T", "{}"})
    EXPECT_EQ(refusal(method + rest), Code::bad_method) << method;
}

TEST(Rule16, trace_and_connect_are_not_allowed) {
  EXPECT_EQ(refusal("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"), Code::method_not_allowed);
  EXPECT_EQ(refusal("CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n"), Code::method_not_allowed);
}

TEST(Rule17, version_is_1_0_or_1_1) {
  const auto with = [](const char* version) { return "GET / " + std::string{version} + "\r\nHost: a\r\n\r\n"; };
  EXPECT_FALSE(read_request(with("HTTP/1.1")).head.http_1_0());
  EXPECT_TRUE(read_request(with("HTTP/1.0")).head.http_1_0());
  for (const char* version : {"HTTP/0.9", "http/1.1", "HTTP/1.2", "HTTP/1.10", "HTTP/1", "HTTP/11", "HTTP/ 1.1x", "XTTP/1.1",
                              "HTTP/1.1x", "HTTP/01.1"})
    EXPECT_NE(refusal(with(version)), Code::internal) << version;
  EXPECT_EQ(refusal(with("HTTP/0.9")), Code::bad_version);
  EXPECT_EQ(refusal(with("http/1.1")), Code::bad_version);
  EXPECT_EQ(refusal(with("HTTP/2.0")), Code::unsupported_version);
  EXPECT_EQ(refusal(with("HTTP/3.0")), Code::unsupported_version);
}

TEST(Rule18, http2_preface_and_tls_hello_are_recognised) {
  EXPECT_EQ(refusal("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Code::http2_not_spoken);
  EXPECT_EQ(refusal("PRI * HTTP/2.0\r\n"), Code::http2_not_spoken);
  EXPECT_EQ(refusal(std::string_view{"\x16\x03\x01\x02\x00\x01", 6}), Code::tls_on_plain_port);
  EXPECT_EQ(refusal(std::string_view{"\x16\x03\x01\x0d\x0a", 5}), Code::tls_on_plain_port);
}

TEST(Rule19, target_line_and_head_have_limits) {
  RequestRules rules;
  const auto target = [](std::size_t size) { return "/" + std::string(size - 1, 'a'); };
  EXPECT_EQ(read_request(get("", target(rules.target_bytes))).head.path.size(), rules.target_bytes);
  EXPECT_EQ(refusal(get("", target(rules.target_bytes + 1))), Code::target_too_long);

  const auto line = [](std::size_t size) { return "A: " + std::string(size - 3, 'a') + "\r\n"; };
  EXPECT_FALSE(read_request(get(line(rules.line_bytes))).refused);
  EXPECT_EQ(refusal(get(line(rules.line_bytes + 1))), Code::fields_too_large);

  const std::string big = line(rules.line_bytes - 40);
  EXPECT_FALSE(read_request(get(big + big + big)).refused);
  EXPECT_EQ(refusal(get(big + big + big + big + big)), Code::fields_too_large);
}

TEST(Rule19, at_most_100_fields) {
  std::string lines;
  for (int i = 0; i != 99; ++i) lines += "A: b\r\n";
  EXPECT_EQ(read_request(get(lines)).head.fields.size(), 99u);
  EXPECT_EQ(refusal(get(lines + "A: b\r\n")), Code::fields_too_large);
  // Fields that are dropped were sent and count.
  EXPECT_EQ(refusal(get(lines + "A_b: c\r\n")), Code::fields_too_large);
}

TEST(Rule19, what_is_too_long_is_refused_before_it_is_complete) {
  EXPECT_EQ(refusal("GET /" + std::string(9000, 'a')), Code::target_too_long);
  EXPECT_EQ(refusal(std::string(100, 'A')), Code::bad_method);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nA: " + std::string(9000, 'a')), Code::fields_too_large);
  EXPECT_EQ(refusal("(garbage"), Code::bad_method);
  // No line is too long, and their sum is before the last one has ended.
  const std::string line = "A: " + std::string(8'000, 'a') + "\r\n";
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\n" + line + line + line + line + "A: " + std::string(1'000, 'a')),
            Code::fields_too_large);
}

}  // namespace
}  // namespace gw::http::h1
