#include "gateway/net/proxy_header.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace gw::net {
namespace {

using Outcome = ProxyHeaderParse::Outcome;
using From = ProxyHeader::From;
using namespace std::string_view_literals;

ProxyHeaderParse parse(std::string_view text) { return parse_proxy_header({text.data(), text.size()}); }

constexpr auto signature = "\r\n\r\n\0\r\nQUIT\n"sv;

/// A header of version 2.
std::string binary(int command, int family, std::string_view rest) {
  std::string text(signature);
  text += static_cast<char>(command);
  text += static_cast<char>(family);
  text += static_cast<char>(rest.size() >> 8);
  text += static_cast<char>(rest.size());
  return text.append(rest);
}

constexpr auto four = "\xc0\x00\x02\x07\x0a\x00\x00\x01\x12\x34\x01\xbb"sv;
constexpr auto six = "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x12\x34\x01\xbb"sv;
constexpr auto tlv = "\x04\x00\x03\x61\x62\x63"sv;

struct Good {
  std::string text;
  From from;
  std::string host;
  std::uint16_t port;
};

class ProxyHeaderGood : public testing::TestWithParam<Good> {};

TEST_P(ProxyHeaderGood, is_understood_also_when_it_comes_byte_by_byte) {
  const auto& wanted = GetParam();
  const auto found = parse(wanted.text + "GET / HTTP/1.1\r\n");
  EXPECT_EQ(Outcome::done, found.outcome);
  EXPECT_EQ(wanted.text.size(), found.size);
  EXPECT_EQ(wanted.from, found.header.from);
  EXPECT_EQ(wanted.host, found.header.host);
  EXPECT_EQ(wanted.port, found.header.port);

  bool done = false;
  for (std::size_t n = 0; n != wanted.text.size(); ++n) {
    const auto part = parse(std::string_view(wanted.text).substr(0, n));
    EXPECT_NE(Outcome::bad, part.outcome) << n;
    done = done || part.outcome == Outcome::done;
    if (done) {
      EXPECT_EQ(wanted.text.size(), part.size) << n;
    }
  }
  // A line is known at its end only; of the other form what follows the addresses may still be on its way.
  EXPECT_TRUE(!done || wanted.text.front() == '\r');
}

INSTANTIATE_TEST_SUITE_P(
    Rule72, ProxyHeaderGood,
    testing::Values(
        Good{"PROXY TCP4 192.0.2.7 10.0.0.1 4660 443\r\n", From::client, "192.0.2.7", 4660},
        Good{"PROXY TCP6 2001:db8::7 2001:db8::1 65535 0\r\n", From::client, "2001:db8::7", 65535},
        Good{"PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
             From::client, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535},
        Good{"PROXY UNKNOWN\r\n", From::unknown, "", 0},
        // The longest line there may be: 107 bytes.
        Good{"PROXY UNKNOWN " + std::string(91, 'x') + "\r\n", From::unknown, "", 0},
        Good{binary(0x21, 0x11, four), From::client, "192.0.2.7", 0x1234},
        Good{binary(0x21, 0x11, std::string(four).append(tlv)), From::client, "192.0.2.7", 0x1234},
        Good{binary(0x21, 0x21, six), From::client, "2001:db8::7", 0x1234},
        Good{binary(0x21, 0x21, std::string(six) + std::string(3000, 't')), From::client, "2001:db8::7", 0x1234},
        Good{binary(0x21, 0x31, std::string(216, 'u')), From::unknown, "", 0},
        Good{binary(0x21, 0x00, ""), From::unknown, "", 0}, Good{binary(0x21, 0x00, tlv), From::unknown, "", 0},
        Good{binary(0x20, 0x00, ""), From::proxy, "", 0}, Good{binary(0x20, 0x11, four), From::proxy, "", 0},
        Good{binary(0x20, 0x77, "what it likes"), From::proxy, "", 0}));

class ProxyHeaderBad : public testing::TestWithParam<std::string> {};

TEST_P(ProxyHeaderBad, is_refused_whatever_follows) {
  EXPECT_EQ(Outcome::bad, parse(GetParam()).outcome);
  EXPECT_EQ(Outcome::bad, parse(GetParam() + std::string(proxy_header_look, 'x')).outcome);
}

INSTANTIATE_TEST_SUITE_P(
    Rule72, ProxyHeaderBad,
    testing::Values("GET / HTTP/1.1\r\n", "\x16\x03\x01", "proxy TCP4", "PROXY\r\n", "PROXY \r\n", "PROXYTCP4", "PROXY TCP\r\n",
                    "PROXY TCP4\r\n", "PROXY TCP5 192.0.2.7 10.0.0.1 1 2\r\n", "PROXY TCP5 2001:db8::7 2001:db8::1 1 2\r\n",
                    "PROXY TCP4 192.0.2.7 10.0.0.1 1\r\n", "PROXY TCP4 192.0.2.7 10.0.0.1 1 2 3\r\n",
                    "PROXY TCP4 192.0.2.7 10.0.0.1 1 2 \r\n", "PROXY  TCP4 192.0.2.7 10.0.0.1 1 2\r\n",
                    "PROXY TCP4  192.0.2.7 10.0.0.1 1 2\r\n", "PROXY TCP4 192.0.2.7\t10.0.0.1 1 2\r\n",
                    "PROXY TCP4 192.0.2.256 10.0.0.1 1 2\r\n", "PROXY TCP4 192.0.2.7 10.0.0 1 2\r\n",
                    "PROXY TCP4 2001:db8::7 2001:db8::1 1 2\r\n", "PROXY TCP6 192.0.2.7 10.0.0.1 1 2\r\n",
                    "PROXY TCP4 localhost 10.0.0.1 1 2\r\n", "PROXY TCP4 192.0.2.7 10.0.0.1 65536 2\r\n",
                    "PROXY TCP4 192.0.2.7 10.0.0.1 1 65536\r\n", "PROXY TCP4 192.0.2.7 10.0.0.1 01 2\r\n",
                    "PROXY TCP4 192.0.2.7 10.0.0.1 +1 2\r\n", "PROXY TCP4 192.0.2.7 10.0.0.1 1 2x\r\n",
                    "PROXY TCP4 192.0.2.7 10.0.0.1 1 -2\r\n", "PROXY TCP4 192.0.2.7 10.0.0.1 1 2\n",
                    "PROXY TCP4 192.0.2.7 10.0.0.1 1 2\rx", "PROXY UNKNOWNX\r\n",
                    // One byte too long.
                    "PROXY UNKNOWN " + std::string(92, 'x') + "\r\n",
                    std::string("PROXY TCP4 192.0.2.7\0 10.0.0.1 1 2\r\n", 36), std::string(signature.substr(0, 11)) + "\r",
                    "\r\n\r\n\r\n", binary(0x11, 0x11, four), binary(0x22, 0x11, four), binary(0x31, 0x11, four),
                    binary(0x21, 0x10, four), binary(0x21, 0x12, four), binary(0x21, 0x22, six),
                    binary(0x21, 0x32, std::string(216, 'u')), binary(0x21, 0x41, four), binary(0x21, 0x11, four.substr(0, 11)),
                    binary(0x21, 0x21, six.substr(0, 35)), binary(0x21, 0x31, std::string(215, 'u')), binary(0x21, 0x11, "")));

TEST(Rule72, a_header_is_decided_within_the_bytes_that_are_looked_at) {
  for (const auto begin : {""sv, "PROXY "sv, "PROXY TCP4 "sv, "PROXY UNKNOWN "sv, signature})
    EXPECT_NE(Outcome::more, parse(std::string(begin) + std::string(proxy_header_look - begin.size(), ' ')).outcome);
  EXPECT_EQ(Outcome::more, parse("").outcome);
}

}  // namespace
}  // namespace gw::net
