#include "runtime/state/key_rotation.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/state/trouble.hpp"
#include "tests/runtime/state/temporary_folder.hpp"

namespace runtime::state {
namespace {

using test::contents;
using test::TemporaryFolder;

class KeyRotation : public testing::Test {
 protected:
  void SetUp() override {
    const SecretBox box(layout_.key_file());
    Database database(layout_.database(), box);
    SpaceRecord record;
    record.id = "t/x";
    record.subdomain = "t-x";
    database.save_space(record);
    for (const char* key : {"A", "B", "C"}) database.set_secret("t/x", key, SecretValue(std::string("value of ") + key));
  }

  /// What a `serve` that starts now would read.
  std::string secrets() const {
    const SecretBox box(settle_key(layout_));
    const Database database(layout_.database(), box);
    std::string all;
    for (const auto& [key, value] : database.secrets("t/x")) all += key + "=" + std::string(value.reveal()) + ";";
    return all;
  }

  /// A rotation whose process is killed at the `n`th step; false: it got through.
  bool killed_at(unsigned n) const {
    const pid_t child = ::fork();
    if (child == 0) {
      SecretBox box(settle_key(layout_));
      Database database(layout_.database(), box);
      unsigned seen = 0;
      rotate_key(box, database, layout_, [&](RotationStep) {
        if (++seen == n) ::kill(::getpid(), SIGKILL);
      });
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status);
  }

  bool half_done() const { return std::filesystem::exists(layout_.key_file().string() + ".next"); }

  TemporaryFolder folder_;
  Layout layout_{folder_.path(), folder_.path() / "run", folder_.path() / "spaceport.yaml"};
};

constexpr const char* all_of_them = "A=value of A;B=value of B;C=value of C;";

TEST_F(KeyRotation, seals_everything_with_a_key_that_nobody_had_before) {
  const std::string before = contents(layout_.key_file());
  SecretBox box(layout_.key_file());
  Database database(layout_.database(), box);
  const std::string id = box.id();

  rotate_key(box, database, layout_);

  EXPECT_NE(contents(layout_.key_file()), before);
  EXPECT_NE(box.id(), id);
  database.set_secret("t/x", "A", SecretValue("value of A"));  // the box has the new key too
  EXPECT_EQ(secrets(), all_of_them);
  EXPECT_FALSE(half_done());
  struct stat info {};
  ASSERT_EQ(::stat(layout_.key_file().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600U);
}

TEST_F(KeyRotation, the_key_before_opens_nothing_any_more) {
  std::filesystem::copy_file(layout_.key_file(), folder_.path() / "stolen");
  {
    SecretBox box(layout_.key_file());
    Database database(layout_.database(), box);
    rotate_key(box, database, layout_);
  }
  const SecretBox stolen(folder_.path() / "stolen");
  EXPECT_THROW(Database(layout_.database(), stolen).secrets("t/x"), Trouble);
}

TEST_F(KeyRotation, killed_at_any_step_leaves_every_secret_readable) {
  unsigned steps = 1;
  for (; killed_at(steps); ++steps) {
    EXPECT_EQ(secrets(), all_of_them) << "killed at step " << steps;
    EXPECT_FALSE(half_done()) << "settled at step " << steps;
    ASSERT_LT(steps, 20U);
  }
  EXPECT_EQ(steps, 7U) << "the key, three secrets, the commit and the file were tried, and then none was left";
  EXPECT_EQ(secrets(), all_of_them);
}

TEST_F(KeyRotation, that_fails_keeps_the_key_before) {
  const SecretBox other(folder_.path() / "other");
  SecretBox box(layout_.key_file());
  {
    Database foreign(layout_.database(), other);
    foreign.set_secret("t/x", "D", SecretValue("of another key"));
  }
  Database database(layout_.database(), box);
  const std::string id = box.id();

  EXPECT_THROW(rotate_key(box, database, layout_), Trouble);

  EXPECT_EQ(box.id(), id);
  EXPECT_FALSE(half_done());
  database.unset_secret("t/x", "D");
  EXPECT_EQ(secrets(), all_of_them);
}

TEST_F(KeyRotation, of_a_database_that_is_not_there_yet_is_undone) {
  { const SecretBox next(layout_.key_file().string() + ".next"); }
  std::filesystem::remove(layout_.database());
  const std::string before = contents(layout_.key_file());
  settle_key(layout_);
  EXPECT_FALSE(half_done());
  EXPECT_EQ(contents(layout_.key_file()), before);
}

}  // namespace
}  // namespace runtime::state
