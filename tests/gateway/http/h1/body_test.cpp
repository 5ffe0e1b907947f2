// Rules 6-9: bodies and their framing.

#include <gtest/gtest.h>

#include "tests/gateway/http/h1/reading.hpp"

namespace gw::http::h1 {
namespace {

using net::Code;

std::optional<Code> chunked_refusal(std::string_view text) { return read_chunked(text).refused; }

TEST(BodyDecoder, chunks_are_taken_apart) {
  const ReadBody read = read_chunked("5\r\nhello\r\nA\r\n, world!!!\r\n0\r\n\r\nnext");
  EXPECT_TRUE(read.complete);
  EXPECT_EQ(read.data, "hello, world!!!");
  EXPECT_EQ(read.consumed, 30u);
}

TEST(BodyDecoder, last_comes_with_the_last_data) {
  BodyDecoder decoder;
  decoder.start(Framing::chunked, 0, net::Side::client);
  const auto piece = decoder.decode(std::string_view{"5\r\nhello\r\n0\r\n\r\n"});
  ASSERT_TRUE(piece);
  EXPECT_TRUE(piece->last);
  EXPECT_EQ(std::string(piece->data.begin(), piece->data.end()), "hello");
}

TEST(BodyDecoder, a_length_is_counted_down) {
  BodyDecoder decoder;
  decoder.start(Framing::length, 7, net::Side::client);
  const auto first = decoder.decode(std::string_view{"hel"});
  EXPECT_FALSE(first->last);
  EXPECT_EQ(first->consumed, 3u);
  const auto second = decoder.decode(std::string_view{"lo!!next"});
  EXPECT_TRUE(second->last);
  EXPECT_EQ(second->consumed, 4u);
}

TEST(BodyDecoder, no_body_is_complete_at_once) {
  BodyDecoder decoder;
  decoder.start_request(BodySize::none());
  EXPECT_TRUE(decoder.done());
  decoder.start_request(BodySize::of(0));
  EXPECT_TRUE(decoder.done());
  EXPECT_TRUE(decoder.decode(std::string_view{"x"})->last);
}

TEST(Rule06, chunk_size_is_1_to_16_hexadecimal_digits) {
  EXPECT_TRUE(read_chunked("00000005\r\nhello\r\n0\r\n\r\n").complete);
  EXPECT_TRUE(read_chunked("0000000000000005\r\nhello\r\n0000\r\n\r\n").complete);
  for (const char* size : {"", "0x5", "5_0", "+5", "-5", " 5", "5 ", "5\t", "g", "00000000000000005", "8000000000000000",
                           "ffffffffffffffff", "10000000000000000", "5,"})
    EXPECT_EQ(chunked_refusal(std::string{size} + "\r\nhello\r\n"), Code::bad_chunk) << size;
}

TEST(Rule07, chunk_lines_end_with_crlf) {
  EXPECT_EQ(chunked_refusal("5\nhello\r\n0\r\n\r\n"), Code::bad_chunk);
  EXPECT_EQ(chunked_refusal("5\r\nhello\n0\r\n\r\n"), Code::bad_chunk);
  EXPECT_EQ(chunked_refusal("5\r\nhello0\r\n\r\n"), Code::bad_chunk);
  EXPECT_EQ(chunked_refusal("5\r\nhello\r0\r\n\r\n"), Code::bad_chunk);
  // One wrong byte where a CR or an LF belongs, and everything else in place.
  EXPECT_EQ(chunked_refusal("5\r\nhellox\n0\r\n\r\n"), Code::bad_chunk);
  EXPECT_EQ(chunked_refusal("5\r\nhello\rx0\r\n\r\n"), Code::bad_chunk);
  EXPECT_EQ(chunked_refusal("5\rxhello\r\n0\r\n\r\n"), Code::bad_chunk);
  EXPECT_EQ(chunked_refusal("5;a\nhello\r\n0\r\n\r\n"), Code::bad_chunk);
  EXPECT_EQ(chunked_refusal("5\r\nhello!\r\n0\r\n\r\n"), Code::bad_chunk);
  EXPECT_EQ(chunked_refusal("0\r\n\n"), Code::bad_trailer);
}

TEST(Rule08, chunk_extensions_are_ignored_up_to_a_limit) {
  EXPECT_EQ(read_chunked("5;a=b;c=\"d e\"\r\nhello\r\n0;x\r\n\r\n").data, "hello");
  const std::string line = "1;" + std::string(4096, 'a') + "\r\nx\r\n";
  EXPECT_FALSE(chunked_refusal(line + line + line));
  EXPECT_EQ(chunked_refusal("1;" + std::string(4097, 'a') + "\r\nx\r\n"), Code::bad_chunk);
  EXPECT_EQ(chunked_refusal(line + line + line + line + "1;a\r\nx\r\n"), Code::bad_chunk);
  EXPECT_EQ(chunked_refusal("5;a\x01\r\nhello\r\n"), Code::bad_chunk);
}

TEST(Rule09, trailers_are_read_and_dangerous_ones_dropped) {
  BodyDecoder decoder;
  decoder.start(Framing::chunked, 0, net::Side::client);
  const std::string_view text =
      "0\r\nX-Checksum: abc\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nHost: b\r\nConnection: close\r\n"
      "Authorization: x\r\nCookie: a=b\r\nCache-Control: x\r\nX-Forwarded-For: 1\r\nX_Under: 1\r\ngrpc-status: 0\r\n\r\n";

  const ReadBody read = read_body(decoder, text);

  ASSERT_TRUE(read.complete);
  ASSERT_NE(decoder.trailers(), nullptr);
  ASSERT_EQ(decoder.trailers()->size(), 2u);
  EXPECT_EQ((*decoder.trailers())[0].name, "x-checksum");
  EXPECT_EQ((*decoder.trailers())[1].name, "grpc-status");
}

TEST(Rule09, conditions_are_no_trailers) {
  BodyDecoder decoder;
  decoder.start(Framing::chunked, 0, net::Side::client);
  ASSERT_TRUE(read_body(decoder, "0\r\nIf-Match: a\r\nIf-None-Match: b\r\nIf-Modified-Since: c\r\nRange: d\r\nIffy: e\r\n\r\n")
                  .complete);
  ASSERT_NE(decoder.trailers(), nullptr);
  ASSERT_EQ(decoder.trailers()->size(), 1u);
  EXPECT_EQ((*decoder.trailers())[0].name, "iffy");
}

TEST(Rule30, trailers_that_connection_names_are_of_this_connection_too) {
  for (const net::Side side : {net::Side::client, net::Side::upstream}) {
    BodyDecoder decoder;
    decoder.start(Framing::chunked, 0, side, ",x-secret,x-other");
    ASSERT_TRUE(read_body(decoder, "0\r\nX-Secret: 1\r\nX-Sum: 2\r\nX-OTHER: 3\r\n\r\n").complete);
    ASSERT_NE(decoder.trailers(), nullptr);
    ASSERT_EQ(decoder.trailers()->size(), 1u);
    EXPECT_EQ((*decoder.trailers())[0].name, "x-sum");
    // The next body's Connection named nothing.
    decoder.start(Framing::chunked, 0, side);
    ASSERT_TRUE(read_body(decoder, "0\r\nX-Secret: 1\r\n\r\n").complete);
    EXPECT_EQ(decoder.trailers()->size(), 1u);
  }
}

TEST(Rule09, trailers_obey_the_field_rules) {
  for (const char* line : {"A : b\r\n", ": b\r\n", "A: b\n", "A: b\r\n c\r\n", "A: \x01\r\n", "A\r\n", "A: b\rc\r\n"})
    EXPECT_EQ(chunked_refusal("0\r\n" + std::string{line} + "\r\n"), Code::bad_trailer) << line;
}

TEST(Rule09, trailers_have_limits) {
  std::string lines;
  for (int i = 0; i != 32; ++i) lines += "A: b\r\n";
  EXPECT_TRUE(read_chunked("0\r\n" + lines + "\r\n").complete);
  EXPECT_EQ(chunked_refusal("0\r\n" + lines + "A: b\r\n\r\n"), Code::bad_trailer);
  EXPECT_EQ(chunked_refusal("0\r\nA: " + std::string(8192, 'a')), Code::bad_trailer);
}

TEST(Rule42, an_end_inside_a_body_is_a_truncation) {
  for (const Framing framing : {Framing::length, Framing::chunked}) {
    BodyDecoder decoder;
    decoder.start(framing, 5, net::Side::upstream);
    ASSERT_TRUE(decoder.decode(std::string_view{"1\r\na"}));
    const auto end = decoder.end_of_input();
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().code, Code::truncated);
    EXPECT_EQ(end.error().side, net::Side::upstream);
  }
  BodyDecoder decoder;
  decoder.start(Framing::until_close, 0, net::Side::upstream);
  ASSERT_TRUE(decoder.decode(std::string_view{"abc"}));
  EXPECT_TRUE(decoder.end_of_input());
  EXPECT_TRUE(decoder.done());
}

}  // namespace
}  // namespace gw::http::h1
