#pragma once
// What every command knows.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "runtime/state/state_folder.hpp"

namespace runtime::cli {

struct Common {
  std::optional<std::filesystem::path> state;  ///< --state
  bool json = false;                           ///< --json
  state::Layout layout() const { return state::layout(state, state::surroundings()); }
};

struct UpOptions {
  std::string folder = ".";
  std::string name;  ///< empty: local/<slug of the folder>
  bool detach = false;
  std::vector<std::string> env;      ///< K=V, or K: from our environment
  std::vector<std::string> secrets;  ///< names; values come from the environment or are asked for
  std::vector<std::string> secret_files;
  std::optional<std::string> gpus;
  std::optional<std::string> hardware;
  std::optional<std::string> storage;
  std::string domain;
  std::vector<std::string> listen;
};

struct ServeOptions {
  std::string domain;               ///< over the node file's
  std::vector<std::string> listen;  ///< HOST:PORT, over the node file's
  std::string endpoints = "auto";   ///< auto, netns or published
};

struct LogsOptions {
  std::string space;
  bool follow = false;
  bool build = false;
  std::string tail;
};

struct DataOptions {
  std::string space;
  std::string file;   ///< `-`: standard input or output
  std::string path;   ///< of an export: only this of what is mounted
  std::string mount;  ///< where the Space mounts it; empty: /data
  bool replace = false;
};

/// The path of a Space in the API; `name` alone is `local/name`. Throws Trouble where it can be no name at all.
std::string space_path(const std::string& space);

int up(const Common& common, const UpOptions& options);
int serve(const Common& common, const ServeOptions& options);
int init(const Common& common, const std::string& folder, const std::string& space_template);
int list(const Common& common);
int show(const Common& common, const std::string& space);
int logs(const Common& common, const LogsOptions& options);
/// What is remembered of earlier deployments.
int deployments(const Common& common, const std::string& space);
/// `deployment` 0: the version before.
int rollback(const Common& common, const std::string& space, std::int64_t deployment);
int restart(const Common& common, const std::string& space, bool factory);
int remove(const Common& common, const std::string& space, bool data);
/// Gives up the build or the start that is under way.
int cancel(const Common& common, const std::string& space);
int pause(const Common& common, const std::string& space);
int wake(const Common& common, const std::string& space);
/// Without `time` shows it; `now`, `never`, `default` or a time.
int sleep(const Common& common, const std::string& space, const std::string& time);
/// Without a `number` shows it.
int replicas(const Common& common, const std::string& space, const std::string& number);
/// What every Space uses, live on a terminal.
int top(const Common& common);
/// The stages that a Space went through.
int events(const Common& common, const std::string& space);
int open(const Common& common, const std::string& space);
/// /data as an archive, and from one.
int export_data(const Common& common, const DataOptions& options);
int import_data(const Common& common, const DataOptions& options);
int doctor(const Common& common);
/// Shows what the Space runs on; with a `flavor` changes it.
int hardware(const Common& common, const std::string& space, const std::string& flavor);
/// `vars` and `secrets`: `action` is empty (list), `set` or `unset`.
int variables(const Common& common, const std::string& space, const std::string& action, const std::vector<std::string>& items);
int secrets(const Common& common, const std::string& space, const std::string& action, const std::vector<std::string>& items);
/// Becomes a sibling program; returns only when it is not there.
int become(const std::string& program, const std::vector<std::string>& arguments);

}  // namespace runtime::cli
