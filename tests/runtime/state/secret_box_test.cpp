#include "runtime/state/secret_box.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "runtime/state/trouble.hpp"
#include "tests/runtime/state/temporary_folder.hpp"

namespace runtime::state {
namespace {

using test::TemporaryFolder;

TEST(SecretBox, opens_what_it_sealed) {
  const TemporaryFolder folder;
  const SecretBox box(folder.path() / "key");
  const std::string sealed = box.seal(SecretValue("hunter2"), "a/b\nK");
  EXPECT_EQ(sealed.find("hunter2"), std::string::npos);
  EXPECT_EQ(box.open(sealed, "a/b\nK").reveal(), "hunter2");
  EXPECT_NE(box.seal(SecretValue("hunter2"), "a/b\nK"), sealed);
}

TEST(SecretBox, the_key_file_is_for_its_owner_only_and_stays_the_same) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "key";
  const std::string sealed = SecretBox(file).seal(SecretValue("x"), "c");
  struct stat info {};
  ASSERT_EQ(::stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600U);
  EXPECT_EQ(info.st_size, 32);
  EXPECT_EQ(SecretBox(file).open(sealed, "c").reveal(), "x");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(SecretBox, refuses_a_key_file_that_others_may_read) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "key";
  { const SecretBox box(file); }
  ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
  EXPECT_THROW(SecretBox{file}, Trouble);
}

TEST(SecretBox, refuses_a_key_of_another_size) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "key";
  { const SecretBox box(file); }
  std::filesystem::resize_file(file, 31);
  EXPECT_THROW(SecretBox{file}, Trouble);
}

TEST(SecretBox, a_sealed_value_opens_only_where_it_belongs) {
  const TemporaryFolder folder;
  const SecretBox box(folder.path() / "key");
  std::string sealed = box.seal(SecretValue("x"), "alice/app\nK");
  EXPECT_THROW(box.open(sealed, "bob/app\nK"), Trouble);
  sealed.back() = static_cast<char>(sealed.back() ^ 1);
  EXPECT_THROW(box.open(sealed, "alice/app\nK"), Trouble);
  EXPECT_THROW(box.open("short", "alice/app\nK"), Trouble);
}

TEST(SecretBox, no_error_holds_the_value) {
  const TemporaryFolder folder;
  const SecretBox box(folder.path() / "key");
  try {
    box.open(box.seal(SecretValue("hunter2"), "a"), "b");
    FAIL();
  } catch (const Trouble& trouble) {
    EXPECT_EQ(std::string(trouble.what()).find("hunter2"), std::string::npos);
    EXPECT_FALSE(trouble.next().empty());
  }
}

}  // namespace
}  // namespace runtime::state
