#pragma once
// What somebody wants deployed, checked as a whole before anything is changed. Throws; no coroutine.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/supervise/context.hpp"
#include "runtime/supervise/space.hpp"

namespace runtime::supervise {

/// What is not set stays as it was, or gets its default.
struct Wish {
  std::string id;  ///< owner/name
  std::string folder;
  std::map<std::string, std::string> variables;
  std::vector<std::pair<std::string, state::SecretValue>> secrets;
  std::optional<std::string> hardware;
  std::optional<std::string> gpus;
  std::optional<std::string> storage;  ///< a size, `0` takes /data away
  bool no_cache = false;
  bool wake = true;  ///< false: a Space that is paused or asleep stays so, and is built when it wakes
};

/// Reads README.md and looks for the Dockerfile; throws Trouble with every problem as `file:line:column: message`.
std::string checked_readme(const std::string& folder);

/// Throws Trouble when what is to be set cannot be in an environment, alone or with what is set already.
void check_settings(const state::Database& database, const Wish& wish);

/// Throws Trouble when the node has no such flavor. Empty: the default one.
void check_flavor(const std::string& name, const config::NodeFile& node);

/// The Space as it would be with the wish. Throws Trouble when it cannot be; changes nothing. `readme`: of the wish's folder.
state::SpaceRecord record_with(const Wish& wish, const std::string& readme, const Context& context);

/// What the wish is about to change, as it is now.
Settings settings_before(const state::Database& database, const Wish& wish);

}  // namespace runtime::supervise
