// Rules 48 to 58, 63 and 64 for heads, case by case: what is malformed, what only we refuse, and what becomes of the rest.

#include "gateway/http/h2/request_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace gw::http::h2 {
namespace {

using net::Code;
using Block = std::vector<std::pair<std::string, std::string>>;
using Verdict = RequestReader::Verdict;

struct Reading {
  RequestHead head;
  std::string came = "fine";  ///< or "malformed", or the code of a refusal
};

Reading read(const Block& block, bool end = true, const RequestRules& rules = {}) {
  RequestReader reader(rules);
  Reading reading;
  reader.begin(reading.head);
  auto verdict = Verdict::fine;
  for (const auto& [name, value] : block)
    if (verdict == Verdict::fine) verdict = reader.field(reading.head, name, value);
  if (verdict == Verdict::fine) verdict = reader.finish(reading.head, end);
  if (verdict != Verdict::fine)
    reading.came = verdict == Verdict::malformed ? "malformed" : "excessive";
  else if (reader.refused())
    reading.came = net::name(*reader.refused());
  return reading;
}

const Block get{{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "a.test"}};

/// A GET with fields in place of its own of that name, or behind them.
Block get_with(const Block& more) {
  Block block = get;
  for (const auto& [name, value] : more) {
    bool replaced = false;
    for (auto& [known, old] : block)
      if (name == known && name.front() == ':') old = value, replaced = true;
    if (!replaced) block.emplace_back(name, value);
  }
  return block;
}

Block without(const std::string& name) {
  Block block;
  for (const auto& one : get)
    if (one.first != name) block.push_back(one);
  return block;
}

Block repeated(std::size_t count, const std::string& name, const std::string& value) {
  Block block = get;
  for (std::size_t i = 0; i != count; ++i) block.emplace_back(name, value);
  return block;
}

struct Case {
  Block block;
  std::string came;
  bool end = true;
};

void expect(const std::vector<Case>& cases, const RequestRules& rules = {}) {
  for (const auto& one : cases) {
    std::string text;
    for (const auto& [name, value] : one.block) text += name + "=" + value.substr(0, 40) + " ";
    EXPECT_EQ(one.came, read(one.block, one.end, rules).came) << text;
  }
}

std::string value_of(const Reading& reading, std::string_view name) {
  std::string all;
  for (const auto field : reading.head.fields)
    if (field.name == name) all += (all.empty() ? "" : "|") + std::string(field.value);
  return all;
}

TEST(Rule48, names_and_values_are_clean) {
  const std::string nul("a\0b", 3);
  expect({
      {get_with({{"X-A", "1"}}), "malformed"},
      {get_with({{"x-A", "1"}}), "malformed"},
      {get_with({{"", "1"}}), "malformed"},
      {get_with({{"x a", "1"}}), "malformed"},
      {get_with({{"x:a", "1"}}), "malformed"},
      {get_with({{"x\ta", "1"}}), "malformed"},
      {get_with({{"x\r\na", "1"}}), "malformed"},
      {get_with({{std::string("x\0", 2), "1"}}), "malformed"},
      {get_with({{"x\x7f", "1"}}), "malformed"},
      {get_with({{"x\xe9", "1"}}), "malformed"},
      {get_with({{"x(", "1"}}), "malformed"},
      {get_with({{"x", nul}}), "malformed"},
      {get_with({{"x", "a\rb"}}), "malformed"},
      {get_with({{"x", "a\nb"}}), "malformed"},
      {get_with({{"x", "a\r\nevil: 1"}}), "malformed"},
      {get_with({{"x", " a"}}), "malformed"},
      {get_with({{"x", "a "}}), "malformed"},
      {get_with({{"x", "\ta"}}), "malformed"},
      {get_with({{"x", "a\t"}}), "malformed"},
      {get_with({{"x", "a\x1b"}}), "malformed"},
      {get_with({{"x", "a\x7f"}}), "malformed"},
      {get_with({{"cookie", "a\nb"}}), "malformed"},
      {get_with({{"host", "a.test\r\n"}}), "malformed"},
      {get_with({{"x", "a\tb"}}), "fine"},
      {get_with({{"x", ""}}), "fine"},
      {get_with({{"x", "\xe9\xff\x80"}}), "fine"},
      {get_with({{"x!#$%&'*+-^`|~9", "a"}}), "fine"},
  });
}

TEST(Rule49, fields_of_a_connection_are_malformed) {
  expect({
      {get_with({{"connection", "close"}}), "malformed"},
      {get_with({{"connection", ""}}), "malformed"},
      {get_with({{"proxy-connection", "keep-alive"}}), "malformed"},
      {get_with({{"keep-alive", "timeout=5"}}), "malformed"},
      {get_with({{"transfer-encoding", "chunked"}}), "malformed"},
      {get_with({{"upgrade", "h2c"}}), "malformed"},
      {get_with({{"te", "gzip"}}), "malformed"},
      {get_with({{"te", "trailers, gzip"}}), "malformed"},
      {get_with({{"te", ""}}), "malformed"},
      {get_with({{"te", "trailers"}}), "fine"},
  });
  EXPECT_TRUE(read(get_with({{"te", "trailers"}})).head.trailers_welcome);
}

TEST(Rule32, what_is_for_proxies_is_dropped) {
  const auto reading = read(get_with({{"proxy", "x"}, {"proxy-authorization", "x"}, {"http2-settings", "AA"}, {"x", "1"}}));
  EXPECT_EQ("fine", reading.came);
  EXPECT_EQ(1U, reading.head.fields.size());
}

TEST(Rule50, pseudo_headers_are_there_once_and_first) {
  expect({
      {without(":method"), "malformed"},
      {without(":scheme"), "malformed"},
      {without(":path"), "malformed"},
      {get_with({{":method", ""}}), "malformed"},
      {get_with({{":path", ""}}), "malformed"},
      {repeated(1, ":method", "GET"), "malformed"},
      {repeated(1, ":scheme", "http"), "malformed"},
      {repeated(1, ":path", "/"), "malformed"},
      {repeated(1, ":authority", "a.test"), "malformed"},
      {get_with({{":status", "200"}}), "malformed"},
      {get_with({{":unknown", "x"}}), "malformed"},
      {get_with({{":", "x"}}), "malformed"},
      {get_with({{":protocol", "websocket"}}), "malformed"},  // without CONNECT
      {{{":method", "GET"}, {":scheme", "http"}, {"x", "1"}, {":path", "/"}, {":authority", "a.test"}}, "malformed"},
      {get_with({{":path", "x"}}), "malformed"},
      {get_with({{":path", "http://a.test/"}}), "malformed"},
      {get_with({{":path", "a.test:80"}}), "malformed"},
      {get_with({{":path", "*"}}), "malformed"},
      {get_with({{":path", "*"}, {":method", "OPTIONS"}}), "fine"},
      {{{":path", "/"}, {":authority", "a.test"}, {":scheme", "http"}, {":method", "GET"}}, "fine"},  // in any order
  });
}

TEST(Rule51, path_method_and_scheme_are_checked_as_in_http_1) {
  expect({
      {get_with({{":path", "/a b"}}), "bad_target"},
      {get_with({{":path", "/ HTTP/1.1\r\nevil: 1"}}), "bad_target"},
      {get_with({{":path", "/a#b"}}), "bad_target"},
      {get_with({{":path", "/a\\b"}}), "bad_target"},
      {get_with({{":path", "/a\xe9"}}), "bad_target"},
      {get_with({{":path", "/%zz"}}), "bad_path"},
      {get_with({{":path", "/%00"}}), "bad_path"},
      {get_with({{":path", "/a%0d%0ab"}}), "bad_path"},
      {get_with({{":path", "/../x"}}), "bad_path"},
      {get_with({{":path", "/" + std::string(9'000, 'a')}}), "target_too_long"},
      {get_with({{":method", "G T"}}), "bad_method"},
      {get_with({{":method", "GET / HTTP/1.1\r\n"}}), "bad_method"},
      {get_with({{":method", std::string(33, 'A')}}), "bad_method"},
      {get_with({{":method", std::string(32, 'A')}}), "fine"},
      {get_with({{":method", "PROPFIND"}}), "fine"},
      {get_with({{":method", "TRACE"}}), "method_not_allowed"},
      {{{":method", "CONNECT"}, {":authority", "a.test:80"}}, "method_not_allowed"},
      {get_with({{":scheme", "https"}}), "bad_target"},
      {get_with({{":scheme", "ftp"}}), "bad_target"},
      {get_with({{":scheme", ""}}), "bad_target"},
      {get_with({{":scheme", "HTTP"}}), "fine"},
  });
  RequestRules secure;
  secure.tls = true;
  expect({{get, "bad_target"}, {get_with({{":scheme", "https"}}), "fine"}}, secure);
}

TEST(Rule51, what_is_matched_is_the_normal_form) {
  const auto reading = read(get_with({{":path", "/a/%2e%2E/b//%61?x=%61/../{"}}));
  EXPECT_EQ("/b/a", reading.head.path);
  EXPECT_EQ("?x=%61/../%7B", reading.head.query);
}

TEST(Rule52, there_is_one_authority) {
  const Block bare = without(":authority");
  const auto with_host = [&](const std::string& host) {
    Block block = bare;
    block.emplace_back("host", host);
    return block;
  };
  expect({
      {bare, "bad_host"},
      {with_host("a.test"), "fine"},
      {with_host(""), "bad_host"},
      {with_host("a.test, evil.test"), "bad_host"},
      {get_with({{":authority", ""}}), "bad_host"},
      {get_with({{":authority", "user@a.test"}}), "bad_host"},
      {get_with({{":authority", "a.test:99999"}}), "bad_host"},
      {get_with({{":authority", "a.test/x"}}), "bad_host"},
      {get_with({{":authority", "a%2etest"}}), "bad_host"},
      {get_with({{"host", "evil.test"}}), "host_mismatch"},
      {get_with({{"host", "a.test:81"}}), "host_mismatch"},
      {get_with({{"host", "a.test"}, {"host", "a.test"}}), "bad_host"},
      {get_with({{"host", "A.Test."}}), "fine"},
      {get_with({{"host", "a.test:80"}}), "fine"},
  });
  const auto reading = read(with_host("A.TEST."));
  EXPECT_EQ("a.test", reading.head.authority);
  EXPECT_TRUE(reading.head.fields.empty()) << "Host is not among the fields";
}

TEST(Rule53, a_length_is_one_number_that_fits_the_end) {
  expect({
      {get_with({{"content-length", "5"}}), "malformed"},  // and END_STREAM
      {get_with({{"content-length", "5"}}), "fine", false},
      {get_with({{"content-length", "0"}}), "fine"},
      {get_with({{"content-length", ""}}), "malformed", false},
      {get_with({{"content-length", "+5"}}), "malformed", false},
      {get_with({{"content-length", "-1"}}), "malformed", false},
      {get_with({{"content-length", "5, 5"}}), "malformed", false},
      {get_with({{"content-length", "0x5"}}), "malformed", false},
      {get_with({{"content-length", "9223372036854775808"}}), "malformed", false},
      {get_with({{"content-length", "5"}, {"content-length", "5"}}), "malformed", false},
  });
}

TEST(Rule54, a_body_has_the_size_that_its_head_gives_it) {
  EXPECT_EQ(BodySize::none(), read(get).head.body);
  EXPECT_EQ(BodySize::unknown(), read(get, false).head.body);
  EXPECT_EQ(BodySize::of(5), read(get_with({{"content-length", "5"}}), false).head.body);
  EXPECT_EQ(BodySize::of(0), read(get_with({{"content-length", "0"}})).head.body);
}

TEST(Rule55, crumbs_of_cookies_are_joined_and_bounded) {
  EXPECT_EQ("a=1; b=2; c=3",
            value_of(read(get_with({{"cookie", "a=1"}, {"x", "1"}, {"cookie", "b=2"}, {"cookie", "c=3"}})), "cookie"));
  expect({
      {repeated(256, "cookie", "a=1"), "fine"},
      {repeated(257, "cookie", "a=1"), "fields_too_large"},
      {repeated(2, "cookie", std::string(8'000, 'a')), "fine"},
      {repeated(3, "cookie", std::string(8'000, 'a')), "fields_too_large"},
      {repeated(257, "cookie", ""), "fields_too_large"},
  });
  // Crumbs beside as many other fields as there may be.
  Block block = repeated(200, "cookie", "a=1");
  for (int i = 0; i != 100; ++i) block.emplace_back("x", "1");
  EXPECT_EQ("fine", read(block).came);
}

TEST(Rule58, only_an_extended_connect_for_websocket_is_a_tunnel) {
  const Block asked = get_with({{":method", "CONNECT"}, {":protocol", "websocket"}});
  const auto with = [&](const Block& more) {
    Block block = asked;
    block.insert(block.end(), more.begin(), more.end());
    return block;
  };
  expect({
      {asked, "fine", false},
      {get_with({{":method", "CONNECT"}, {":protocol", "connect-udp"}}), "unknown_protocol", false},
      {get_with({{":method", "CONNECT"}, {":protocol", ""}}), "malformed", false},
      {get_with({{":method", "CONNECT"}}), "malformed", false},
      {{{":method", "CONNECT"}, {":protocol", "websocket"}, {":authority", "a.test"}}, "malformed", false},
      {{{":method", "CONNECT"}, {":protocol", "websocket"}, {":protocol", "websocket"}, {":scheme", "http"}, {":path", "/"}},
       "malformed",
       false},
      {with({{"content-length", "5"}}), "bad_upgrade", false},
  });
  const auto reading = read(asked, false);
  EXPECT_EQ("GET", reading.head.method);
  EXPECT_EQ(Tunnel::websocket, reading.head.tunnel);
  EXPECT_EQ(BodySize::none(), reading.head.body);
  EXPECT_EQ("13", value_of(reading, "sec-websocket-version"));
  EXPECT_EQ(24U, value_of(reading, "sec-websocket-key").size());
  const auto own_key = read(with({{"sec-websocket-key", "x"}, {"sec-websocket-version", "8"}}), false);
  EXPECT_EQ(24U, value_of(own_key, "sec-websocket-key").size()) << "a key of ours in place of the client's";
  EXPECT_EQ("8", value_of(own_key, "sec-websocket-version"));
}

TEST(Rule37, an_expectation_is_100_continue) {
  expect({
      {get_with({{"expect", "100-Continue"}}), "fine", false},
      {get_with({{"expect", "200-ok"}}), "bad_expectation", false},
      {get_with({{"expect", "100-continue, x"}}), "bad_expectation", false},
  });
  EXPECT_TRUE(read(get_with({{"expect", "100-continue"}}), false).head.expects_continue);
  EXPECT_FALSE(read(get_with({{"expect", "100-continue"}})).head.expects_continue) << "there is no body to wait for";
}

TEST(Rule14, disguised_names_are_dropped_kept_or_refused) {
  const Block block = get_with({{"x_auth_user", "root"}, {"x.auth.user", "root"}});
  EXPECT_TRUE(read(block).head.fields.empty());
  RequestRules rules;
  rules.unsafe_names = UnsafeNames::keep;
  EXPECT_EQ(2U, read(block, true, rules).head.fields.size());
  rules.unsafe_names = UnsafeNames::refuse;
  EXPECT_EQ("bad_field_name", read(block, true, rules).came);
}

TEST(Rule64, fields_and_bytes_are_counted_while_they_are_decoded) {
  expect({
      {repeated(100, "x", ""), "fine"},
      {repeated(101, "x", ""), "fields_too_large"},
      {repeated(7'000, "x", ""), "fields_too_large"},
      {repeated(8'000, "x", ""), "excessive"},
      {repeated(8'000, "cookie", ""), "excessive"},
      {repeated(34, "x", std::string(7'900, 'a')), "excessive"},
      {repeated(8, "x", std::string(7'900, 'a')), "fine"},
      {repeated(9, "x", std::string(7'900, 'a')), "fields_too_large"},
      {repeated(1, "x", std::string(8'192, 'a')), "fine"},
      {repeated(1, "x", std::string(8'193, 'a')), "fields_too_large"},
      {repeated(1, std::string(70'000, 'x'), "a"), "fields_too_large"},
  });
  RequestRules rules;
  rules.head_bytes = 700;
  // 171 for the request's own four, with 32 for each, then 33 each.
  expect({{repeated(16, "x", ""), "fine"}, {repeated(17, "x", ""), "fields_too_large"}}, rules);
}

TEST(Rule64, nothing_is_kept_beyond_the_bounds) {
  const auto reading = read(repeated(60'000, "x", "0123456789"));
  EXPECT_GE(100U, reading.head.fields.size());
  const auto crumbs = read(repeated(60'000, "cookie", "0123456789"));
  EXPECT_TRUE(crumbs.head.fields.empty());
}

TEST(Rule64, what_comes_behind_the_bound_is_not_looked_at) {
  Block block = repeated(101, "x", "");
  block.emplace_back(":method", "GET");
  block.emplace_back("X", "\n");
  EXPECT_EQ("fields_too_large", read(block).came);
}

TEST(RequestReader, one_head_leaves_nothing_behind_for_the_next) {
  RequestReader reader;
  RequestHead head;
  reader.begin(head);
  for (int i = 0; i != 101; ++i) (void)reader.field(head, "x", "1");
  (void)reader.field(head, "cookie", "a=1");
  for (int round = 0; round != 2; ++round) {
    reader.begin(head);
    for (const auto& [name, value] : get_with({{"host", "a.test"}, {"content-length", "0"}, {"cookie", "b=2"}}))
      EXPECT_EQ(Verdict::fine, reader.field(head, name, value)) << name;
    EXPECT_EQ(Verdict::fine, reader.finish(head, true));
    EXPECT_FALSE(reader.refused());
    EXPECT_EQ("b=2", head.fields.find(Name::cookie));
  }
}

}  // namespace
}  // namespace gw::http::h2
