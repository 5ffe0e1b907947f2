#include "loadtest/plan/shell_words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadtest::plan {
namespace {

using testing::ElementsAre;

TEST(ShellWords, are_those_of_a_shell) {
  const auto words = shell_words("http://a/  -H 'Host: b' \"c\\\"d\" e\\ f ''");
  ASSERT_TRUE(words);
  EXPECT_THAT(*words.value, ElementsAre("http://a/", "-H", "Host: b", "c\"d", "e f", ""));
  EXPECT_THAT(*shell_words(" ").value, ElementsAre());
  EXPECT_EQ("has a quote without an end", shell_words("-H 'x").message);
  EXPECT_FALSE(shell_words("\"x"));
}

TEST(ShellWords, that_are_quoted_are_found_again) {
  for (const std::string word : {"", "plain", "two words", "it's", "'", "\"\\$`\n", "-H"})
    EXPECT_THAT(*shell_words(shell_quoted(word) + " x").value, ElementsAre(word, "x"));
}

}  // namespace
}  // namespace loadtest::plan
