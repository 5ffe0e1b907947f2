// The table is Docker's documentation of .dockerignore and the tests of its own matcher, restated.
#include "runtime/build/dockerignore.hpp"

#include <gtest/gtest.h>

namespace runtime::build {
namespace {

bool excluded(std::string_view patterns, std::string_view path) { return Dockerignore::parse(patterns).excludes(path); }

TEST(Dockerignore, comments_and_empty_lines_say_nothing) {
  EXPECT_FALSE(excluded("# a\n\n   \n", "a"));
  EXPECT_TRUE(excluded("\\#a\n", "#a"));
}

TEST(Dockerignore, star_stays_within_one_segment) {
  EXPECT_TRUE(excluded("*/temp*", "somedir/temporary.txt"));
  EXPECT_FALSE(excluded("*/temp*", "a/b/temporary.txt"));
  EXPECT_TRUE(excluded("*/*/temp*", "a/b/temporary.txt"));
  EXPECT_TRUE(excluded("temp?", "tempa"));
  EXPECT_FALSE(excluded("temp?", "temp"));
}

TEST(Dockerignore, two_stars_match_any_number_of_folders) {
  EXPECT_TRUE(excluded("**/*.go", "main.go"));
  EXPECT_TRUE(excluded("**/*.go", "a/b/main.go"));
  EXPECT_TRUE(excluded("a/**/z", "a/z"));
  EXPECT_TRUE(excluded("a/**/z", "a/b/c/z"));
  EXPECT_TRUE(excluded("a/**", "a/b"));
  EXPECT_FALSE(excluded("a/**", "a"));
  EXPECT_TRUE(excluded("**", "anything/at/all"));
}

TEST(Dockerignore, a_matched_folder_takes_all_below_it) {
  EXPECT_TRUE(excluded("node_modules", "node_modules/x/y.js"));
  EXPECT_FALSE(excluded("node_modules", "sub/node_modules/x.js"));
}

TEST(Dockerignore, the_last_match_decides) {
  EXPECT_FALSE(excluded("*.md\n!README.md", "README.md"));
  EXPECT_TRUE(excluded("*.md\n!README*.md\nREADME-secret.md", "README-secret.md"));
  EXPECT_FALSE(excluded("*.md\nREADME-secret.md\n!README*.md", "README-secret.md"));
  EXPECT_FALSE(excluded("dir\n!dir/keep", "dir/keep"));
}

TEST(Dockerignore, slashes_and_dots_are_cleaned_away) {
  EXPECT_TRUE(excluded("/foo/bar/", "foo/bar"));
  EXPECT_TRUE(excluded("./foo", "foo"));
  EXPECT_TRUE(excluded("a/../b", "b"));
  EXPECT_TRUE(excluded("  spaced  ", "spaced"));
}

TEST(Dockerignore, classes_and_escapes) {
  EXPECT_TRUE(excluded("[a-c]x", "bx"));
  EXPECT_FALSE(excluded("[^a-c]x", "bx"));
  EXPECT_TRUE(excluded("a\\*b", "a*b"));
  EXPECT_FALSE(excluded("a\\*b", "axb"));
}

TEST(Dockerignore, says_which_folders_must_be_walked_although_excluded) {
  const auto ignore = Dockerignore::parse("*\n!src/main.c\n");
  EXPECT_TRUE(ignore.may_take_back_below("src"));
  EXPECT_FALSE(ignore.may_take_back_below("docs"));
}

TEST(Dockerignore, a_lone_exclamation_mark_is_told) {
  std::vector<std::string> problems;
  Dockerignore::parse("a\n!\n", &problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_TRUE(problems[0].starts_with("2:"));
}

}  // namespace
}  // namespace runtime::build
