#pragma once
// What an instance must remember: its Spaces, their variables and sealed secrets, deployments and events. What the
// engine knows better (which containers run) is not stored. Lives on the main thread; every call is one transaction.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/state/secret_box.hpp"
#include "runtime/state/sqlite.hpp"

namespace runtime::state {

/// What the owner wants of a Space.
enum class Desired : std::uint8_t {
  running,
  sleeping,  ///< stopped until the next visitor or `wake`
  paused,    ///< stopped until the owner says otherwise
};
std::string_view name(Desired) noexcept;

struct SpaceRecord {
  std::string id;  ///< owner/name
  std::string subdomain;
  std::string source;               ///< the folder that is built
  std::string hardware;             ///< a flavor, `cpu-basic` unless asked otherwise
  std::string gpus;                 ///< `--gpus`: empty, a number or `all`
  std::uint64_t storage_bytes = 0;  ///< 0: no /data
  std::int64_t created = 0;         ///< seconds since 1970
  Desired desired = Desired::running;
  std::int64_t sleep_after = default_sleep;  ///< seconds without visitors until it sleeps; `never_sleeps`, `default_sleep`
  std::int64_t replicas = 1;
  std::int64_t last_used = 0;  ///< seconds since 1970; 0: never

  static constexpr std::int64_t default_sleep = 0;  ///< as the node file says
  static constexpr std::int64_t never_sleeps = -1;  ///< as the hub's API says it
};

/// How far a deployment got.
enum class DeploymentStatus : std::uint8_t {
  building,
  built,    ///< there is an image; it may never have started
  serving,  ///< it has been ready at least once
  failed,   ///< no image, or it never became ready; `error` says why
};
std::string_view name(DeploymentStatus) noexcept;

struct DeploymentRecord {
  std::string space;
  std::int64_t n = 0;  ///< 1, 2, … for each Space
  std::string image;   ///< the engine's image id; empty until built
  std::int64_t created = 0;
  DeploymentStatus status = DeploymentStatus::building;
  std::string build_log;  ///< path
  std::string readme;     ///< README.md as it was: the card of what runs, whatever the folder holds now
  std::string error;
  std::int64_t origin = 0;  ///< the deployment that built the image, where that was another one (a rollback); else 0
};

struct EventRecord {
  std::int64_t at = 0;
  std::string kind;  ///< one word: `deployed`, `running`, `failed`, …
  std::string text;
};

class Database {
 public:
  /// Opens or creates; brings the schema up to date. A database from a newer version is refused, untouched.
  Database(const std::filesystem::path& file, const SecretBox& box);

  /// The uuid of this state folder: the label of everything that we own in the engine.
  const std::string& instance() const noexcept { return instance_; }

  std::vector<SpaceRecord> spaces() const;
  std::optional<SpaceRecord> space(std::string_view id) const;
  bool subdomain_taken(std::string_view subdomain) const;
  /// Inserts, or replaces everything but the id, the subdomain, `created` and `last_used`.
  void save_space(const SpaceRecord& space);
  void set_desired(std::string_view id, Desired desired);
  /// When visitors were last there, of several Spaces at once.
  void set_last_used(const std::map<std::string, std::int64_t>& seconds);
  /// Forgets the Space with all that belongs to it.
  void erase_space(std::string_view id);

  std::map<std::string, std::string> variables(std::string_view id) const;
  void set_variable(std::string_view id, std::string_view key, std::string_view value);
  bool unset_variable(std::string_view id, std::string_view key);

  std::vector<std::string> secret_names(std::string_view id) const;
  std::vector<std::pair<std::string, SecretValue>> secrets(std::string_view id) const;
  void set_secret(std::string_view id, std::string_view key, const SecretValue& value);
  bool unset_secret(std::string_view id, std::string_view key);

  /// Seals every secret with another key, all or none, and remembers which key that was; it is on the disk when this returns. `after_each` is
  /// called behind every secret.
  void reseal(const SecretBox& with, const std::function<void()>& after_each);

  /// Starts the next deployment of a Space; returns its number.
  std::int64_t add_deployment(std::string_view id, std::string_view readme);
  /// The next deployment of a Space with image, card and build log of an earlier one; returns its number.
  std::int64_t add_rollback(const DeploymentRecord& to);
  void save_deployment(const DeploymentRecord& deployment);
  std::optional<DeploymentRecord> deployment(std::string_view id, std::int64_t n) const;
  std::optional<DeploymentRecord> latest_deployment(std::string_view id) const;
  /// All that are remembered, the newest first.
  std::vector<DeploymentRecord> deployments(std::string_view id) const;
  void erase_deployment(std::string_view id, std::int64_t n);
  /// The newest one that has an image.
  std::optional<DeploymentRecord> latest_image(std::string_view id) const;

  void add_event(std::string_view id, std::string_view kind, std::string_view text);
  std::vector<EventRecord> events(std::string_view id, std::int64_t limit) const;

 private:
  std::int64_t insert_deployment(const DeploymentRecord& made);

  mutable Connection connection_;
  const SecretBox& box_;
  std::string instance_;
};

/// Brings an open database to the newest schema; throws Trouble when it is from the future. Exposed for its test.
void migrate(Connection& connection);

/// The version that `migrate` leads to.
extern const std::int64_t schema_version;

}  // namespace runtime::state
