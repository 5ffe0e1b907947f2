#include "runtime/state/database.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <chrono>

#include "runtime/state/trouble.hpp"

namespace runtime::state {
namespace {

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// RFC 9562 §5.4: 122 random bits, version 4, variant 10.
std::string new_uuid() {
  std::array<unsigned char, 16> b{};
  randombytes_buf(b.data(), b.size());
  b[6] = static_cast<unsigned char>((b[6] & 0x0f) | 0x40);
  b[8] = static_cast<unsigned char>((b[8] & 0x3f) | 0x80);
  std::string text;
  for (std::size_t i = 0; i != b.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", b[i]);
  }
  return text;
}

std::string context(std::string_view id, std::string_view key) { return fmt::format("{}\n{}", id, key); }

// How many events of one Space are kept.
constexpr std::int64_t kept_events = 500;

constexpr std::string_view space_columns =
    "id, subdomain, source, hardware, gpus, storage_bytes, created, desired, "
    "sleep_after, replicas, last_used";

SpaceRecord read_space(const Statement& row) {
  SpaceRecord space;
  space.id = row.text(0);
  space.subdomain = row.text(1);
  space.source = row.text(2);
  space.hardware = row.text(3);
  space.gpus = row.text(4);
  space.storage_bytes = static_cast<std::uint64_t>(row.integer(5));
  space.created = row.integer(6);
  space.desired = static_cast<Desired>(row.integer(7));
  space.sleep_after = row.integer(8);
  space.replicas = row.integer(9);
  space.last_used = row.integer(10);
  return space;
}

constexpr std::string_view deployment_columns = "space, n, image, created, status, build_log, readme, error, origin";

std::optional<DeploymentRecord> read_deployment(Statement& row) {
  if (!row.step()) return std::nullopt;
  DeploymentRecord deployment;
  deployment.space = row.text(0);
  deployment.n = row.integer(1);
  deployment.image = row.text(2);
  deployment.created = row.integer(3);
  deployment.status = static_cast<DeploymentStatus>(row.integer(4));
  deployment.build_log = row.text(5);
  deployment.readme = row.text(6);
  deployment.error = row.text(7);
  deployment.origin = row.integer(8);
  return deployment;
}

}  // namespace

std::string_view name(Desired desired) noexcept {
  switch (desired) {
    case Desired::running:
      return "running";
    case Desired::sleeping:
      return "sleeping";
    case Desired::paused:
      return "paused";
  }
  return "running";
}

std::string_view name(DeploymentStatus status) noexcept {
  switch (status) {
    case DeploymentStatus::building:
      return "building";
    case DeploymentStatus::built:
      return "built";
    case DeploymentStatus::serving:
      return "serving";
    case DeploymentStatus::failed:
      return "failed";
  }
  return "failed";
}

Database::Database(const std::filesystem::path& file, const SecretBox& box) : connection_(file), box_(box) {
  migrate(connection_);
  connection_.prepare("INSERT OR IGNORE INTO meta VALUES ('instance', ?)").bind(new_uuid()).run();
  Statement statement = connection_.prepare("SELECT value FROM meta WHERE key = 'instance'");
  statement.step();
  instance_ = statement.text(0);
}

std::vector<SpaceRecord> Database::spaces() const {
  Statement statement = connection_.prepare(fmt::format("SELECT {} FROM spaces ORDER BY id", space_columns));
  std::vector<SpaceRecord> all;
  while (statement.step()) all.push_back(read_space(statement));
  return all;
}

std::optional<SpaceRecord> Database::space(std::string_view id) const {
  Statement statement = connection_.prepare(fmt::format("SELECT {} FROM spaces WHERE id = ?", space_columns));
  if (!statement.bind(id).step()) return std::nullopt;
  return read_space(statement);
}

bool Database::subdomain_taken(std::string_view subdomain) const {
  return connection_.prepare("SELECT 1 FROM spaces WHERE subdomain = ?").bind(subdomain).step();
}

void Database::save_space(const SpaceRecord& space) {
  Statement statement = connection_.prepare(
      "INSERT INTO spaces (id, subdomain, source, hardware, gpus, storage_bytes, created, desired, sleep_after, "
      "replicas) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET source = excluded.source, "
      "hardware = excluded.hardware, gpus = excluded.gpus, storage_bytes = excluded.storage_bytes, "
      "desired = excluded.desired, sleep_after = excluded.sleep_after, replicas = excluded.replicas");
  statement.bind(space.id).bind(space.subdomain).bind(space.source).bind(space.hardware).bind(space.gpus);
  statement.bind(static_cast<std::int64_t>(space.storage_bytes)).bind(space.created == 0 ? now() : space.created);
  statement.bind(static_cast<std::int64_t>(space.desired)).bind(space.sleep_after).bind(space.replicas).run();
}

void Database::set_last_used(const std::map<std::string, std::int64_t>& seconds) {
  Transaction transaction(connection_);
  for (const auto& [id, at] : seconds)
    connection_.prepare("UPDATE spaces SET last_used = ? WHERE id = ?").bind(at).bind(id).run();
  transaction.commit();
}

void Database::set_desired(std::string_view id, Desired desired) {
  connection_.prepare("UPDATE spaces SET desired = ? WHERE id = ?").bind(static_cast<std::int64_t>(desired)).bind(id).run();
}

void Database::erase_space(std::string_view id) {
  connection_.prepare("DELETE FROM spaces WHERE id = ?").bind(id).run();
  // The sealed values must not linger in the write-ahead log either.
  connection_.prepare("PRAGMA wal_checkpoint(TRUNCATE)").run();
}

std::map<std::string, std::string> Database::variables(std::string_view id) const {
  Statement statement = connection_.prepare("SELECT key, value FROM variables WHERE space = ?");
  statement.bind(id);
  std::map<std::string, std::string> all;
  while (statement.step()) all.emplace(statement.text(0), statement.text(1));
  return all;
}

void Database::set_variable(std::string_view id, std::string_view key, std::string_view value) {
  connection_.prepare("INSERT INTO variables VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value")
      .bind(id)
      .bind(key)
      .bind(value)
      .run();
}

bool Database::unset_variable(std::string_view id, std::string_view key) {
  connection_.prepare("DELETE FROM variables WHERE space = ? AND key = ?").bind(id).bind(key).run();
  return connection_.changes() != 0;
}

std::vector<std::string> Database::secret_names(std::string_view id) const {
  Statement statement = connection_.prepare("SELECT key FROM secrets WHERE space = ? ORDER BY key");
  statement.bind(id);
  std::vector<std::string> names;
  while (statement.step()) names.push_back(statement.text(0));
  return names;
}

std::vector<std::pair<std::string, SecretValue>> Database::secrets(std::string_view id) const {
  Statement statement = connection_.prepare("SELECT key, sealed FROM secrets WHERE space = ? ORDER BY key");
  statement.bind(id);
  std::vector<std::pair<std::string, SecretValue>> all;
  while (statement.step()) {
    const std::string key = statement.text(0);
    all.emplace_back(key, box_.open(statement.text(1), context(id, key)));
  }
  return all;
}

void Database::set_secret(std::string_view id, std::string_view key, const SecretValue& value) {
  const std::string sealed = box_.seal(value, context(id, key));
  Transaction transaction(connection_);
  connection_.prepare("INSERT INTO secrets VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET sealed = excluded.sealed")
      .bind(id)
      .bind(key)
      .bind(Blob{sealed})
      .run();
  transaction.commit();
}

bool Database::unset_secret(std::string_view id, std::string_view key) {
  Transaction transaction(connection_);
  connection_.prepare("DELETE FROM secrets WHERE space = ? AND key = ?").bind(id).bind(key).run();
  const bool found = connection_.changes() != 0;
  transaction.commit();
  return found;
}

void Database::reseal(const SecretBox& with, const std::function<void()>& after_each) {
  struct Row {
    std::string space, key, sealed;
  };
  // The key file is replaced behind this, so the commit must not be in the page cache only.
  connection_.execute("PRAGMA synchronous=FULL");
  Transaction transaction(connection_);
  std::vector<Row> rows;
  {
    Statement all = connection_.prepare("SELECT space, key, sealed FROM secrets");
    while (all.step()) rows.push_back({all.text(0), all.text(1), all.text(2)});
  }
  for (const auto& row : rows) {
    const std::string where = context(row.space, row.key);
    const std::string sealed = with.seal(box_.open(row.sealed, where), where);
    connection_.prepare("UPDATE secrets SET sealed = ? WHERE space = ? AND key = ?")
        .bind(Blob{sealed})
        .bind(row.space)
        .bind(row.key)
        .run();
    if (after_each) after_each();
  }
  connection_.prepare("INSERT OR REPLACE INTO meta VALUES ('key', ?)").bind(with.id()).run();
  transaction.commit();
  // What the key before opens must not linger in the write-ahead log.
  connection_.prepare("PRAGMA wal_checkpoint(TRUNCATE)").run();
  connection_.execute("PRAGMA synchronous=NORMAL");
}

std::int64_t Database::insert_deployment(const DeploymentRecord& made) {
  Transaction transaction(connection_);
  Statement last = connection_.prepare("SELECT coalesce(max(n), 0) FROM deployments WHERE space = ?");
  last.bind(made.space).step();
  const std::int64_t n = last.integer(0) + 1;
  connection_
      .prepare(
          "INSERT INTO deployments (space, n, image, created, status, build_log, readme, error, origin) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, '', ?)")
      .bind(made.space)
      .bind(n)
      .bind(made.image)
      .bind(now())
      .bind(static_cast<std::int64_t>(made.status))
      .bind(made.build_log)
      .bind(made.readme)
      .bind(made.origin)
      .run();
  transaction.commit();
  return n;
}

std::int64_t Database::add_deployment(std::string_view id, std::string_view readme) {
  DeploymentRecord made;
  made.space = id;
  made.readme = readme;
  return insert_deployment(made);
}

std::int64_t Database::add_rollback(const DeploymentRecord& to) {
  DeploymentRecord made = to;
  made.status = DeploymentStatus::built;
  made.origin = to.origin != 0 ? to.origin : to.n;
  return insert_deployment(made);
}

std::vector<DeploymentRecord> Database::deployments(std::string_view id) const {
  Statement statement =
      connection_.prepare(fmt::format("SELECT {} FROM deployments WHERE space = ? ORDER BY n DESC", deployment_columns));
  statement.bind(id);
  std::vector<DeploymentRecord> all;
  while (auto found = read_deployment(statement)) all.push_back(std::move(*found));
  return all;
}

void Database::erase_deployment(std::string_view id, std::int64_t n) {
  connection_.prepare("DELETE FROM deployments WHERE space = ? AND n = ?").bind(id).bind(n).run();
}

void Database::save_deployment(const DeploymentRecord& deployment) {
  connection_.prepare("UPDATE deployments SET image = ?, status = ?, build_log = ?, error = ? WHERE space = ? AND n = ?")
      .bind(deployment.image)
      .bind(static_cast<std::int64_t>(deployment.status))
      .bind(deployment.build_log)
      .bind(deployment.error)
      .bind(deployment.space)
      .bind(deployment.n)
      .run();
}

std::optional<DeploymentRecord> Database::deployment(std::string_view id, std::int64_t n) const {
  Statement statement =
      connection_.prepare(fmt::format("SELECT {} FROM deployments WHERE space = ? AND n = ?", deployment_columns));
  statement.bind(id).bind(n);
  return read_deployment(statement);
}

std::optional<DeploymentRecord> Database::latest_deployment(std::string_view id) const {
  Statement statement = connection_.prepare(
      fmt::format("SELECT {} FROM deployments WHERE space = ? ORDER BY n DESC LIMIT 1", deployment_columns));
  statement.bind(id);
  return read_deployment(statement);
}

std::optional<DeploymentRecord> Database::latest_image(std::string_view id) const {
  Statement statement = connection_.prepare(
      fmt::format("SELECT {} FROM deployments WHERE space = ? AND image <> '' ORDER BY n DESC LIMIT 1", deployment_columns));
  statement.bind(id);
  return read_deployment(statement);
}

void Database::add_event(std::string_view id, std::string_view kind, std::string_view text) {
  connection_.prepare("INSERT INTO events (space, at, kind, text) SELECT id, ?, ?, ? FROM spaces WHERE id = ?")
      .bind(now())
      .bind(kind)
      .bind(text)
      .bind(id)
      .run();
  connection_
      .prepare(
          "DELETE FROM events WHERE space = ? AND id <= "
          "(SELECT id FROM events WHERE space = ? ORDER BY id DESC LIMIT 1 OFFSET ?)")
      .bind(id)
      .bind(id)
      .bind(kept_events)
      .run();
}

std::vector<EventRecord> Database::events(std::string_view id, std::int64_t limit) const {
  Statement statement = connection_.prepare("SELECT at, kind, text FROM events WHERE space = ? ORDER BY id DESC LIMIT ?");
  statement.bind(id).bind(limit);
  std::vector<EventRecord> all;
  while (statement.step()) all.push_back({statement.integer(0), statement.text(1), statement.text(2)});
  return all;
}

}  // namespace runtime::state
