#include "runtime/storage/beneath.hpp"

#include <gmock/gmock.h>

#include "tests/runtime/storage/scratch.hpp"

namespace runtime::storage {
namespace {

namespace fs = std::filesystem;

TEST(Inside, is_what_a_path_means_below_a_folder) {
  EXPECT_EQ(inside("a/b").path, "a/b");
  EXPECT_EQ(inside("./a//b/./c/").path, "a/b/c");
  EXPECT_EQ(inside("./").path, "");
  EXPECT_EQ(inside("a..b/..c").path, "a..b/..c");
}

TEST(Inside, refuses_what_leads_out) {
  for (const char* path : {"/", "/etc/passwd", "..", "a/../b", "a/..", "../a", "./../x", ""})
    EXPECT_NE(inside(path).problem, "") << path;
  EXPECT_NE(inside(std::string_view("a\0b", 3)).problem, "");
}

TEST(Inside, refuses_what_no_file_system_takes) {
  EXPECT_EQ(inside(std::string(255, 'x')).problem, "");
  EXPECT_NE(inside(std::string(256, 'x')).problem, "");
  std::string deep;
  for (std::size_t i = 0; i != most_depth; ++i) deep += "a/";
  EXPECT_EQ(inside(deep).problem, "");
  EXPECT_NE(inside(deep + "a").problem, "");
  std::string longer;
  for (int i = 0; i != 20; ++i) longer += std::string(250, 'x') + "/";
  EXPECT_THAT(inside(longer).problem, testing::HasSubstr("4095"));
}

TEST(OpenBeneath, finds_what_is_inside) {
  const test::Scratch scratch;
  scratch.write("a/b/file", "x");

  EXPECT_TRUE(open_beneath(scratch.root(), "a/b/file", O_RDONLY));
  EXPECT_TRUE(open_beneath(scratch.root(), "", O_RDONLY | O_DIRECTORY));
  EXPECT_FALSE(open_beneath(scratch.root(), "a/c", O_RDONLY));
  EXPECT_EQ(errno, ENOENT);
}

TEST(OpenBeneath, goes_through_no_link_and_out_of_nowhere) {
  const test::Scratch scratch;
  scratch.write("a/file", "x");
  fs::create_symlink(scratch.around(), scratch.inside() / "out");
  fs::create_symlink("a", scratch.inside() / "in");
  fs::create_symlink("../outside", scratch.inside() / "file");

  for (const char* path : {"out/outside", "in/file", "file", "out"}) {
    EXPECT_FALSE(open_beneath(scratch.root(), path, O_RDONLY)) << path;
    EXPECT_EQ(errno, ELOOP) << path;
  }
  EXPECT_FALSE(open_beneath(scratch.root(), "../outside", O_RDONLY));
  EXPECT_FALSE(open_beneath(scratch.root(), "/etc/passwd", O_RDONLY));
}

TEST(Shown, is_one_line) {
  EXPECT_EQ(shown("a\n\x1b[2Jb"), "a??[2Jb");
  EXPECT_EQ(shown("a\xFF"), "a\xEF\xBF\xBD") << "what is no UTF-8 is no JSON either";
  EXPECT_LT(shown(std::string(5000, 'x')).size(), 250U);
}

}  // namespace
}  // namespace runtime::storage
