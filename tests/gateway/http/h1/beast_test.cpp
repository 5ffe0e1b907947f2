// Why the parser is our own: what Boost.Beast's lets through. When one of these fails, Beast has become stricter, and the decision
// in gateway/http/h1/README.md is to be thought over.

#include <gtest/gtest.h>

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "tests/gateway/http/h1/reading.hpp"

namespace gw::http::h1 {
namespace {

bool beast_takes(std::string_view text) {
  boost::beast::http::request_parser<boost::beast::http::empty_body> parser;
  boost::system::error_code error;
  parser.put(boost::asio::buffer(text.data(), text.size()), error);
  return !error && parser.is_header_done();
}

struct Hostile {
  const char* what;
  std::string text;
};

class Beast : public testing::TestWithParam<Hostile> {};

TEST_P(Beast, takes_what_we_refuse) {
  EXPECT_TRUE(beast_takes(GetParam().text));
  EXPECT_TRUE(read_request(GetParam().text).refused);
}

INSTANTIATE_TEST_SUITE_P(
    RequestParser, Beast,
    testing::Values(Hostile{"unknown_coding_and_length", post("Transfer-Encoding: cow\r\nContent-Length: 5\r\n")},
                    Hostile{"gzip_chunked", post("Transfer-Encoding: gzip, chunked\r\n")},
                    Hostile{"chunked_in_1_0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"},
                    Hostile{"equal_lengths", post("Content-Length: 5\r\nContent-Length: 5\r\n")},
                    Hostile{"two_hosts", get("Host: b.test\r\n")}, Hostile{"no_host", "GET / HTTP/1.1\r\n\r\n"},
                    Hostile{"host_with_userinfo", "GET / HTTP/1.1\r\nHost: u@a.test\r\n\r\n"},
                    Hostile{"fold", get("A: b\r\n c\r\n")}, Hostile{"quote_in_target", get("", "/a\"b")},
                    Hostile{"less_in_target", get("", "/a<b")}, Hostile{"backslash_in_target", get("", "/a\\b")},
                    Hostile{"obs_in_target", get("", "/a\xE9")}, Hostile{"hash_in_target", get("", "/a#b")},
                    Hostile{"above_the_root", get("", "/../x")}, Hostile{"bad_escape", get("", "/%zz")},
                    Hostile{"other_expectation", post("Expect: 200-ok\r\n")},
                    Hostile{"nominated_cookie", get("Connection: cookie\r\n")},
                    Hostile{"long_method", std::string(33, 'M') + " / HTTP/1.1\r\nHost: a\r\n\r\n"}),
    [](const auto& one) { return std::string(one.param.what); });

TEST(BeastToo, takes_an_ordinary_request) { EXPECT_TRUE(beast_takes(get("Accept: */*\r\n"))); }

TEST(BeastToo, refuses_the_plainest_smuggling_itself) {
  EXPECT_FALSE(beast_takes(post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")));
  EXPECT_FALSE(beast_takes(post("Content-Length: 5\r\nContent-Length: 6\r\n")));
}

}  // namespace
}  // namespace gw::http::h1
