// The parsers see bytes in whatever pieces the network makes and whatever a stranger sends. Neither may change an outcome.

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "gateway/http/h1/serializer.hpp"
#include "tests/gateway/http/h1/reading.hpp"

namespace gw::http::h1 {
namespace {

const std::array<std::string, 12> requests{
    get("Accept: */*\r\nConnection: keep-alive, x\r\nX: 1\r\n", "/a/../b?c"),
    post("Content-Length: 5\r\n"),
    post("Transfer-Encoding: chunked\r\nTrailer: a\r\n"),
    get("Connection: upgrade\r\nUpgrade: websocket\r\n"),
    "\r\n\r\nGET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n",
    get("A: b\r\n c\r\n"),
    get("A : b\r\n"),
    "GET / HTTP/1.1\nHost: a\r\n\r\n",
    "GET /\r HTTP/1.1\r\nHost: a\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "OPTIONS * HTTP/1.0\r\n\r\n",
    post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
};

std::string rewritten(const RequestHead& head) {
  std::string out;
  append_request(out, head);
  return out;
}

TEST(RequestParser, feeding_byte_by_byte_gives_the_same_as_the_whole) {
  for (const std::string& text : requests) {
    const ReadRequest whole = read_request(text);
    RequestParser parser;
    RequestHead head;
    std::size_t consumed = 0;
    std::optional<net::Code> refused;
    for (std::size_t size = 0; size <= text.size() && consumed == 0 && !refused; ++size) {
      // A copy each time: the parser must not remember where the bytes were.
      const std::string prefix = text.substr(0, size);
      const auto parsed = parser.parse(prefix, head);
      if (parsed) consumed = *parsed;
      if (!parsed) refused = parsed.error().code;
    }
    EXPECT_EQ(refused, whole.refused) << text;
    EXPECT_EQ(consumed, whole.consumed) << text;
    EXPECT_EQ(rewritten(head), rewritten(whole.head)) << text;
  }
}

TEST(RequestParser, splitting_once_anywhere_gives_the_same_as_the_whole) {
  for (const std::string& text : requests) {
    const ReadRequest whole = read_request(text);
    for (std::size_t split = 0; split != text.size(); ++split) {
      RequestParser parser;
      RequestHead head;
      auto parsed = parser.parse(std::string_view{text}.substr(0, split), head);
      if (parsed && *parsed == 0) parsed = parser.parse(text, head);
      EXPECT_EQ(parsed ? std::nullopt : std::optional{parsed.error().code}, whole.refused) << text << split;
      EXPECT_EQ(parsed ? *parsed : 0, whole.consumed) << text << split;
    }
  }
}

TEST(ResponseParser, feeding_byte_by_byte_gives_the_same_as_the_whole) {
  const std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: s\r\nConnection: a\r\nA: b\r\n\r\n";
  ResponseParser parser;
  parser.expect_answer_to({});
  ResponseHead head;
  for (std::size_t size = 0; size != text.size(); ++size)
    ASSERT_EQ(*parser.parse(std::string_view{text}.substr(0, size), head), 0u);
  EXPECT_EQ(*parser.parse(text, head), text.size());
  EXPECT_EQ(head.body, BodySize::of(5));
  EXPECT_EQ(head.fields.size(), 1u);
}

TEST(BodyDecoder, splitting_anywhere_gives_the_same_body) {
  const std::string text = "5;x=y\r\nhello\r\n00a\r\n0123456789\r\n0\r\nA: b\r\n\r\n";
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      BodyDecoder decoder;
      decoder.start(Framing::chunked, 0, net::Side::client);
      std::string data;
      std::size_t at = 0;
      for (const std::size_t end : {first, second, text.size()}) {
        while (at != end) {
          const auto piece = decoder.decode(std::span{text}.subspan(at, end - at));
          ASSERT_TRUE(piece);
          ASSERT_NE(piece->consumed, 0u);
          data.append(piece->data.begin(), piece->data.end());
          at += piece->consumed;
        }
      }
      EXPECT_TRUE(decoder.done());
      EXPECT_EQ(data, "hello0123456789");
      ASSERT_NE(decoder.trailers(), nullptr);
    }
  }
}

/// What a request is written as must be read back as the same request, and its second writing be the same: else an
/// upstream could see another message than we did.
void expect_stable(const std::string& text) {
  const ReadRequest read = read_request(text);
  if (read.refused || read.consumed == 0 || read.head.authority.empty()) return;
  const std::string once = rewritten(read.head);
  const ReadRequest again = read_request(once);
  ASSERT_FALSE(again.refused) << text;
  ASSERT_EQ(again.consumed, once.size()) << text;
  EXPECT_EQ(rewritten(again.head), once) << text;
}

TEST(RequestParser, mutated_requests_are_refused_or_written_stably) {
  std::mt19937 random{20261123};
  constexpr std::string_view bytes{
      "\r\n\t :,;%/.?#\0\x7f\xff\x0b"
      "0aZ_-{\"",
      24};
  for (int round = 0; round != 20000; ++round) {
    std::string text = requests[random() % requests.size()];
    for (unsigned change = 1 + random() % 3; change != 0; --change) {
      const std::size_t at = random() % text.size();
      const char byte = bytes[random() % bytes.size()];
      switch (random() % 4) {
        case 0:
          text[at] = byte;
          break;
        case 1:
          text.insert(at, 1, byte);
          break;
        case 2:
          text.erase(at, 1);
          break;
        default:
          text.insert(at, text.substr(at, random() % 20));
          break;
      }
    }
    expect_stable(text);
  }
}

}  // namespace
}  // namespace gw::http::h1
