// The schema, one step a version. A step that has been released is never changed; a new one is added at the end.

#include <fmt/format.h>

#include <array>

#include "runtime/state/database.hpp"
#include "runtime/state/trouble.hpp"

namespace runtime::state {
namespace {

constexpr std::array<const char*, 4> steps = {
    R"sql(
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE spaces (
  id TEXT PRIMARY KEY,
  subdomain TEXT NOT NULL UNIQUE,
  source TEXT NOT NULL,
  hardware TEXT NOT NULL,
  gpus TEXT NOT NULL,
  storage_bytes INTEGER NOT NULL,
  created INTEGER NOT NULL,
  desired INTEGER NOT NULL,
  secrets_version INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE variables (
  space TEXT NOT NULL REFERENCES spaces(id) ON DELETE CASCADE,
  key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (space, key)) STRICT;
CREATE TABLE secrets (
  space TEXT NOT NULL REFERENCES spaces(id) ON DELETE CASCADE,
  key TEXT NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (space, key)) STRICT;
CREATE TABLE deployments (
  space TEXT NOT NULL REFERENCES spaces(id) ON DELETE CASCADE,
  n INTEGER NOT NULL, image TEXT NOT NULL, created INTEGER NOT NULL, status INTEGER NOT NULL,
  build_log TEXT NOT NULL, readme TEXT NOT NULL, error TEXT NOT NULL, PRIMARY KEY (space, n)) STRICT;
CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  space TEXT NOT NULL REFERENCES spaces(id) ON DELETE CASCADE,
  at INTEGER NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL) STRICT;
CREATE INDEX events_of_space ON events (space, id);
)sql",
    // The build cache's key is made from the secrets themselves (build/cache_salt).
    "ALTER TABLE spaces DROP COLUMN secrets_version;",
    R"sql(
ALTER TABLE spaces ADD COLUMN sleep_after INTEGER NOT NULL DEFAULT 0;
ALTER TABLE spaces ADD COLUMN replicas INTEGER NOT NULL DEFAULT 1;
ALTER TABLE spaces ADD COLUMN last_used INTEGER NOT NULL DEFAULT 0;
)sql",
    // A rollback is a deployment with the image of an earlier one.
    "ALTER TABLE deployments ADD COLUMN origin INTEGER NOT NULL DEFAULT 0;"};

std::int64_t version_of(const Connection& connection) {
  Statement statement = connection.prepare("PRAGMA user_version");
  statement.step();
  return statement.integer(0);
}

}  // namespace

const std::int64_t schema_version = static_cast<std::int64_t>(steps.size());

void migrate(Connection& connection) {
  const std::int64_t found = version_of(connection);
  if (found > schema_version) {
    throw Trouble(Kind::unavailable,
                  fmt::format("the state database has schema {}, this program knows up to {}", found, schema_version),
                  "use the newer spaceport that wrote it");
  }
  for (std::int64_t next = found; next != schema_version; ++next) {
    Transaction transaction(connection);
    connection.execute(steps.at(static_cast<std::size_t>(next)));
    connection.execute(fmt::format("PRAGMA user_version = {}", next + 1));
    transaction.commit();
  }
}

}  // namespace runtime::state
