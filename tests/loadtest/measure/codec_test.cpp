#include "loadtest/measure/histogram_codec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <random>

namespace loadtest::measure {
namespace {

using testing::HasSubstr;

Histogram some(unsigned digits, int values) {
  std::mt19937_64 random(11);
  std::lognormal_distribution<double> spread(14, 2);
  Histogram made(digits);
  for (int i = 0; i != values; ++i) made.record(static_cast<std::uint64_t>(spread(random)));
  return made;
}

TEST(Codec, what_was_encoded_comes_back) {
  for (const unsigned digits : {0U, 1U, 2U, 3U, 4U, 5U}) {
    for (const int values : {0, 1, 1000}) {
      const Histogram histogram = some(digits, values);
      const auto back = decode_base64(encode_base64(histogram));
      ASSERT_TRUE(back) << back.message;
      EXPECT_EQ(*back.value, histogram);
      EXPECT_EQ(back.value->total(), histogram.total());
    }
  }
}

TEST(Codec, counts_of_any_size_come_back) {
  Histogram histogram;
  for (unsigned bits = 0; bits != 55; ++bits) histogram.record(bits * 3, std::uint64_t{1} << bits);
  EXPECT_EQ(*decode(encode(histogram)).value, histogram);
  Histogram large;
  large.record(5, (std::uint64_t{1} << 62) + 12345);
  EXPECT_EQ(*decode(encode(large)).value, large);
}

TEST(Codec, begins_as_all_of_them_do) { EXPECT_EQ(encode_base64(some(3, 10)).substr(0, 8), "HISTFAAA"); }

TEST(Codec, has_the_bytes_of_the_format) {
  Histogram histogram(Layout(1, 3'600'000'000, 3));
  histogram.record(0, 2);
  histogram.record(2, 3);    // one zero in front of it
  histogram.record(6, 200);  // and three here
  const std::string expected(
      "\x1c\x84\x93\x13"
      "\0\0\0\6"
      "\0\0\0\0"
      "\0\0\0\3"
      "\0\0\0\0\0\0\0\1"
      "\0\0\0\0\xd6\x93\xa4\0"
      "\x3f\xf0\0\0\0\0\0\0"
      "\4"
      "\0"
      "\6"
      "\5"
      "\x90\3",
      46);
  EXPECT_EQ(encode(histogram), expected);
}

// The first line of jHiccup-2.0.7S.logV2.hlog, the sample that all implementations share, says that its maximum is 2.769 ms.
TEST(Codec, reads_what_java_wrote) {
  const auto read =
      decode_base64("HISTFAAAAEV42pNpmSzMwMCgyAABTBDKT4GBgdnNYMcCBvsPEBEJISEuATEZMQ4uASkhIR4nrxg9v2lMaxhvMekILGZkKmcCAEf2CsI=");
  ASSERT_TRUE(read) << read.message;
  EXPECT_EQ(read.value->total(), 741U);
  EXPECT_EQ(read.value->layout().digits(), 2U);
  EXPECT_EQ(read.value->max(), 2'768'895U);
}

std::string with(std::string bytes, std::size_t at, std::string_view put) { return bytes.replace(at, put.size(), put); }

TEST(Codec, refuses_what_is_damaged) {
  const std::string good = encode(some(3, 100));
  EXPECT_THAT(decode("").message, HasSubstr("not a histogram"));
  EXPECT_THAT(decode(good.substr(0, 39)).message, HasSubstr("not a histogram"));
  EXPECT_THAT(decode(with(good, 3, "\x12")).message, HasSubstr("not a histogram"));
  EXPECT_THAT(decode(good.substr(0, good.size() - 1)).message, HasSubstr("cut off"));
  EXPECT_THAT(decode(good + "x").message, HasSubstr("more behind"));
  EXPECT_THAT(decode(with(good, 11, "\2")).message, HasSubstr("shifted"));
  EXPECT_THAT(decode(with(good, 15, "\6")).message, HasSubstr("5 significant digits"));
  EXPECT_THAT(decode(with(good, 16, std::string(8, '\0'))).message, HasSubstr("range"));
  EXPECT_THAT(decode(with(good, 16, "\x7f")).message, HasSubstr("range"));
  EXPECT_THAT(decode(with(good, 24, std::string(8, '\0'))).message, HasSubstr("range"));
  EXPECT_THAT(decode(with(good, 24, "\xff")).message, HasSubstr("range"));
  EXPECT_THAT(decode(with(good, 32, "\x40")).message, HasSubstr("fractions"));
}

std::string with_counts(const std::string& counts, char digits = 3) {
  std::string head = encode(Histogram(3)).substr(0, 40);
  head[7] = static_cast<char>(counts.size());
  head[15] = digits;
  return head + counts;
}

TEST(Codec, refuses_counts_that_cannot_be) {
  EXPECT_TRUE(decode(with_counts("\2")));
  EXPECT_THAT(decode(with_counts("\x80")).message, HasSubstr("damaged counts")) << "an unfinished number";
  EXPECT_THAT(decode(with_counts("\xff\xff\x7f")).message, HasSubstr("damaged counts"))
      << "a run of zeros beyond the last place";
  EXPECT_THAT(decode(with_counts(std::string(9, '\xff'))).message, HasSubstr("damaged counts"))
      << "a run that has no positive number";
  const std::string most = "\xfe" + std::string(7, '\xff') + "\xff";  // the greatest count there is
  EXPECT_TRUE(decode(with_counts(most)));
  EXPECT_THAT(decode(with_counts(most + "\2")).message, HasSubstr("damaged counts")) << "a total that no number holds";
  EXPECT_THAT(decode(with(with_counts("\2", 5), 24, "\x7f")).message, HasSubstr("too many places"));
}

TEST(Codec, refuses_text_that_is_not_base64_or_does_not_decompress) {
  const std::string good = encode_base64(some(3, 100));
  EXPECT_THAT(decode_base64("HISTF").message, HasSubstr("base64"));
  EXPECT_THAT(decode_base64("HIST-AAA").message, HasSubstr("base64"));
  EXPECT_THAT(decode_base64("HI=TFAAA").message, HasSubstr("base64"));
  EXPECT_THAT(decode_base64("AAAA").message, HasSubstr("not a histogram"));
  EXPECT_THAT(decode_base64(good.substr(0, good.size() - 4)).message, HasSubstr("cut off"));
  EXPECT_THAT(decode_base64(with(good, 16, "AAAA")).message, HasSubstr("decompress"));
}
/// A few kilobytes that decompress to more than any histogram has.
TEST(Codec, stops_a_bomb) {
  const std::string zeros(64 << 20, '\0');
  uLongf size = compressBound(zeros.size());
  std::string packed(size, '\0');
  ASSERT_EQ(
      compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(zeros.data()), zeros.size(), 9),
      Z_OK);
  packed.resize(size);
  ASSERT_LT(size, 100'000U);
  EXPECT_FALSE(inflated(packed, 32 << 20));
  EXPECT_EQ(inflated(packed, 64 << 20)->size(), zeros.size());
}

}  // namespace
}  // namespace loadtest::measure
