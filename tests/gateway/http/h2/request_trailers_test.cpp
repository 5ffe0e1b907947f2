// Rules 9, 48 and 50 for the trailers of a request.

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "gateway/http/h2/request_reader.hpp"

namespace gw::http::h2 {
namespace {

using Block = std::vector<std::pair<std::string, std::string>>;
using Verdict = RequestReader::Verdict;

struct Trailers {
  Fields fields;
  bool fine = true;
};

Trailers trailers(const Block& block) {
  RequestReader reader;
  Trailers read;
  reader.begin_trailers(read.fields);
  for (const auto& [name, value] : block) read.fine = read.fine && reader.trailer(read.fields, name, value) == Verdict::fine;
  return read;
}

TEST(Rule50, trailers_have_no_pseudo_headers) {
  EXPECT_FALSE(trailers({{":path", "/"}}).fine);
  EXPECT_FALSE(trailers({{":status", "200"}}).fine);
}

TEST(Rule48, trailers_are_as_clean_as_fields) {
  EXPECT_FALSE(trailers({{"X", "1"}}).fine);
  EXPECT_FALSE(trailers({{"", "1"}}).fine);
  EXPECT_FALSE(trailers({{"x", "a\nb"}}).fine);
  EXPECT_FALSE(trailers({{"x", " a"}}).fine);
  EXPECT_TRUE(trailers({{"x", "a"}}).fine);
}

TEST(Rule09, trailers_are_bounded_and_those_that_steer_are_dropped) {
  EXPECT_TRUE(trailers(Block(32, {"x", "1"})).fine);
  EXPECT_FALSE(trailers(Block(33, {"x", "1"})).fine);
  EXPECT_FALSE(trailers(Block(2, {"x", std::string(5'000, 'a')})).fine);
  const auto kept = trailers({{"host", "evil"},
                              {"content-length", "9"},
                              {"connection", "close"},
                              {"authorization", "x"},
                              {"x-forwarded-for", "1.2.3.4"},
                              {"x_under", "1"},
                              {"x-sum", "7"}});
  EXPECT_TRUE(kept.fine);
  ASSERT_EQ(1U, kept.fields.size());
  EXPECT_EQ("x-sum", kept.fields[0].name);
}

}  // namespace
}  // namespace gw::http::h2
