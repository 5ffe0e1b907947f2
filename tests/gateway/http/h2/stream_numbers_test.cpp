#include "gateway/http/h2/stream_numbers.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace gw::http::h2 {
namespace {

constexpr std::int32_t largest = std::numeric_limits<std::int32_t>::max();

TEST(Rule57, numbers_above_all) {
  StreamNumbers numbers;
  EXPECT_TRUE(numbers.above_all(1));
  numbers.opened(1);
  EXPECT_FALSE(numbers.above_all(1));
  EXPECT_TRUE(numbers.above_all(3));
  numbers.opened(9);
  EXPECT_FALSE(numbers.above_all(7));
  EXPECT_FALSE(numbers.above_all(9));
  EXPECT_TRUE(numbers.above_all(11));
  EXPECT_TRUE(numbers.above_all(largest));
}

TEST(Rule57, numbers_of_streams_that_have_ended) {
  StreamNumbers numbers;
  for (const int id : {3, 5, 11, 13}) numbers.opened(id);
  for (const int id : {5, 11}) numbers.ended(id);
  for (const int id : {5, 11}) EXPECT_TRUE(numbers.has_ended(id)) << id;
  for (const int id : {1, 3, 7, 9, 13, 15}) EXPECT_FALSE(numbers.has_ended(id)) << id;
}

TEST(Rule57, numbers_above_all_have_not_ended) {
  StreamNumbers numbers;
  numbers.ended(1);
  numbers.opened(3);
  numbers.ended(5);
  numbers.opened(5);
  for (const int id : {1, 3, 5}) EXPECT_FALSE(numbers.has_ended(id)) << id;
}

TEST(Rule57, numbers_of_long_ago_are_forgotten) {
  StreamNumbers numbers;
  for (int id = 1; id != 401; id += 2) {
    numbers.opened(id);
    numbers.ended(id);
  }
  for (int id = 1; id != 401; id += 2) EXPECT_EQ(id > 399 - 2 * 128, numbers.has_ended(id)) << id;
  numbers.ended(1);
  EXPECT_FALSE(numbers.has_ended(1));
}

TEST(Rule57, numbers_behind_a_gap) {
  for (const int gap : {1, 63, 64, 127, 128, 129, 1'000}) {
    SCOPED_TRACE(gap);
    StreamNumbers numbers;
    numbers.opened(1);
    numbers.ended(1);
    numbers.opened(1 + 2 * gap);
    EXPECT_EQ(gap < 128, numbers.has_ended(1));
    for (int id = 3; id <= 1 + 2 * gap; id += 2) EXPECT_FALSE(numbers.has_ended(id)) << id;
  }
}

TEST(Rule57, the_largest_number) {
  StreamNumbers numbers;
  numbers.opened(largest);
  numbers.ended(largest);
  EXPECT_FALSE(numbers.above_all(largest));
  EXPECT_TRUE(numbers.has_ended(largest));
  EXPECT_FALSE(numbers.has_ended(largest - 2));
  EXPECT_FALSE(numbers.has_ended(1));
}

}  // namespace
}  // namespace gw::http::h2
