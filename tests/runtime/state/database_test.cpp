#include "runtime/state/database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "runtime/state/trouble.hpp"
#include "tests/runtime/state/temporary_folder.hpp"

namespace runtime::state {
namespace {

using test::contents;
using test::TemporaryFolder;

struct Instance {
  TemporaryFolder folder;
  SecretBox box{folder.path() / "secrets.key"};
  std::filesystem::path file = folder.path() / "state.db";

  Database open() const { return Database(file, box); }
};

SpaceRecord space(const std::string& id, const std::string& subdomain) {
  SpaceRecord record;
  record.id = id;
  record.subdomain = subdomain;
  record.source = "/src";
  record.hardware = "cpu-basic";
  return record;
}

TEST(Database, keeps_the_instance_over_a_reopen) {
  const Instance at;
  const std::string first = Database(at.file, at.box).instance();
  EXPECT_EQ(first.size(), 36U);
  EXPECT_EQ(Database(at.file, at.box).instance(), first);
}

TEST(Database, keeps_a_space_as_it_was_saved) {
  const Instance at;
  {
    Database database(at.file, at.box);
    SpaceRecord record = space("me/app", "me-app");
    record.gpus = "all";
    record.storage_bytes = 1ULL << 30;
    record.desired = Desired::paused;
    database.save_space(record);
  }
  const auto found = Database(at.file, at.box).space("me/app");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->subdomain, "me-app");
  EXPECT_EQ(found->gpus, "all");
  EXPECT_EQ(found->storage_bytes, 1ULL << 30);
  EXPECT_EQ(found->desired, Desired::paused);
  EXPECT_GT(found->created, 0);
}

TEST(Database, one_subdomain_belongs_to_one_space) {
  const Instance at;
  Database database(at.file, at.box);
  database.save_space(space("a-b/c", "a-b-c"));
  EXPECT_THROW(database.save_space(space("a/b-c", "a-b-c")), Trouble);
  EXPECT_TRUE(database.subdomain_taken("a-b-c"));
}

TEST(Database, a_secret_is_nowhere_on_the_disk_in_plain) {
  const Instance at;
  const std::string value = "correct-horse-battery-staple";
  Database database(at.file, at.box);
  database.save_space(space("me/app", "me-app"));
  database.set_secret("me/app", "TOKEN", SecretValue(value));

  for (const auto& entry : std::filesystem::directory_iterator(at.folder.path())) {
    EXPECT_EQ(contents(entry.path()).find(value), std::string::npos) << entry.path();
  }
  const auto secrets = database.secrets("me/app");
  ASSERT_EQ(secrets.size(), 1U);
  EXPECT_EQ(secrets[0].second.reveal(), value);
}

TEST(Database, its_files_are_closed_to_others) {
  const Instance at;
  Database database(at.file, at.box);
  database.save_space(space("me/app", "me-app"));
  for (const auto& entry : std::filesystem::directory_iterator(at.folder.path())) {
    struct stat info {};
    ASSERT_EQ(::stat(entry.path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 077, 0U) << entry.path();
  }
}

TEST(Database, deployments_are_numbered_per_space) {
  const Instance at;
  Database database(at.file, at.box);
  database.save_space(space("me/app", "me-app"));
  database.save_space(space("me/other", "me-other"));
  EXPECT_EQ(database.add_deployment("me/app", "one"), 1);
  EXPECT_EQ(database.add_deployment("me/app", "two"), 2);
  EXPECT_EQ(database.add_deployment("me/other", "x"), 1);

  auto first = database.deployment("me/app", 1);
  ASSERT_TRUE(first);
  first->image = "sha256:1";
  first->status = DeploymentStatus::serving;
  database.save_deployment(*first);

  EXPECT_EQ(database.latest_deployment("me/app")->n, 2);
  EXPECT_EQ(database.latest_image("me/app")->n, 1);
  EXPECT_EQ(database.latest_image("me/app")->readme, "one");
  EXPECT_EQ(database.latest_image("me/other"), std::nullopt);
}

TEST(Database, a_rollback_is_a_deployment_with_image_and_card_of_another) {
  const Instance at;
  Database database(at.file, at.box);
  database.save_space(space("me/app", "me-app"));
  DeploymentRecord first = *database.deployment("me/app", database.add_deployment("me/app", "the card"));
  first.image = "sha256:1";
  first.build_log = "/log";
  first.error = "it ended";
  first.status = DeploymentStatus::failed;
  database.save_deployment(first);
  database.add_deployment("me/app", "another");

  EXPECT_EQ(database.add_rollback(first), 3);

  const auto made = *database.latest_deployment("me/app");
  EXPECT_EQ(made.image, "sha256:1");
  EXPECT_EQ(made.readme, "the card");
  EXPECT_EQ(made.build_log, "/log");
  EXPECT_EQ(made.status, DeploymentStatus::built);
  EXPECT_EQ(made.error, "");
  EXPECT_EQ(made.origin, 1);
  EXPECT_EQ(database.add_rollback(made), 4);
  EXPECT_EQ(database.latest_deployment("me/app")->origin, 1) << "of a rollback it is who built the image";
  database.erase_deployment("me/app", 2);
  std::vector<std::int64_t> numbers;
  for (const auto& one : database.deployments("me/app")) numbers.push_back(one.n);
  EXPECT_EQ(numbers, (std::vector<std::int64_t>{4, 3, 1}));
}

TEST(Database, erasing_a_space_takes_everything_of_it) {
  const Instance at;
  Database database(at.file, at.box);
  database.save_space(space("me/app", "me-app"));
  database.set_variable("me/app", "A", "1");
  database.set_secret("me/app", "S", SecretValue("s"));
  database.add_deployment("me/app", "");
  database.add_event("me/app", "deployed", "1");

  database.erase_space("me/app");

  EXPECT_FALSE(database.space("me/app"));
  EXPECT_TRUE(database.variables("me/app").empty());
  EXPECT_TRUE(database.secret_names("me/app").empty());
  EXPECT_FALSE(database.latest_deployment("me/app"));
  EXPECT_TRUE(database.events("me/app", 10).empty());
}

TEST(Database, variables_can_be_set_changed_and_unset) {
  const Instance at;
  Database database(at.file, at.box);
  database.save_space(space("me/app", "me-app"));
  database.set_variable("me/app", "A", "1");
  database.set_variable("me/app", "A", "2");
  database.set_variable("me/app", "EMPTY", "");
  EXPECT_THAT(database.variables("me/app"), testing::ElementsAre(testing::Pair("A", "2"), testing::Pair("EMPTY", "")));
  EXPECT_TRUE(database.unset_variable("me/app", "A"));
  EXPECT_FALSE(database.unset_variable("me/app", "A"));
}

TEST(Database, keeps_the_newest_events_only) {
  const Instance at;
  Database database(at.file, at.box);
  database.save_space(space("me/app", "me-app"));
  for (int i = 0; i != 510; ++i) database.add_event("me/app", "tick", std::to_string(i));
  const auto events = database.events("me/app", 1000);
  ASSERT_EQ(events.size(), 500U);
  EXPECT_EQ(events.front().text, "509");
}

TEST(Migration, is_at_the_newest_version_and_runs_once) {
  const TemporaryFolder folder;
  Connection connection(folder.path() / "state.db");
  migrate(connection);
  migrate(connection);
  Statement version = connection.prepare("PRAGMA user_version");
  ASSERT_TRUE(version.step());
  EXPECT_EQ(version.integer(0), schema_version);
}

TEST(Migration, an_older_database_keeps_its_spaces) {
  const TemporaryFolder folder;
  Connection connection(folder.path() / "state.db");
  connection.execute(
      "CREATE TABLE spaces (id TEXT PRIMARY KEY, secrets_version INTEGER NOT NULL DEFAULT 0) STRICT;"
      "CREATE TABLE deployments (n INTEGER NOT NULL) STRICT; INSERT INTO deployments VALUES (7);"
      "INSERT INTO spaces VALUES ('me/app', 3); PRAGMA user_version = 1;");
  migrate(connection);
  Statement deployments = connection.prepare("SELECT n, origin FROM deployments");
  ASSERT_TRUE(deployments.step());
  EXPECT_EQ(deployments.integer(0), 7);
  EXPECT_EQ(deployments.integer(1), 0) << "its image was built by itself";
  Statement rows = connection.prepare("SELECT * FROM spaces");
  ASSERT_TRUE(rows.step());
  EXPECT_EQ(rows.text(0), "me/app");
}

TEST(Migration, refuses_a_database_from_the_future_and_leaves_it_alone) {
  const TemporaryFolder folder;
  Connection connection(folder.path() / "state.db");
  connection.execute("PRAGMA user_version = 1000");
  EXPECT_THROW(migrate(connection), Trouble);
  Statement tables = connection.prepare("SELECT 1 FROM sqlite_master");
  EXPECT_FALSE(tables.step());
}

TEST(Transaction, is_rolled_back_unless_committed) {
  const TemporaryFolder folder;
  Connection connection(folder.path() / "x.db");
  connection.execute("CREATE TABLE t (a INTEGER)");
  {
    Transaction transaction(connection);
    connection.execute("INSERT INTO t VALUES (1)");
  }
  EXPECT_FALSE(connection.prepare("SELECT 1 FROM t").step());
}

}  // namespace
}  // namespace runtime::state
