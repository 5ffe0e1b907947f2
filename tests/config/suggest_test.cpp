#include "config/suggest.hpp"

#include <gtest/gtest.h>

#include <array>

namespace config {
namespace {

constexpr std::array<std::string_view, 4> words = {"upstream", "path", "host", "strip_prefix"};

TEST(Suggest, finds_a_word_with_a_swapped_missing_or_changed_letter) {
  EXPECT_EQ(suggest("upstraem", words), "upstream");
  EXPECT_EQ(suggest("pth", words), "path");
  EXPECT_EQ(suggest("HOST", words), "host");
  EXPECT_EQ(suggest("strip-prefix", words), "strip_prefix");
}

TEST(Suggest, says_nothing_about_a_word_that_is_far_from_all) {
  EXPECT_EQ(suggest("listener", words), "");
  EXPECT_EQ(did_you_mean("xyz", words), "");
  EXPECT_EQ(suggest(std::string(1000, 'p'), words), "");
}

TEST(EditDistance, counts_a_swap_of_neighbours_as_one) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("ab", "ba"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
}

}  // namespace
}  // namespace config
