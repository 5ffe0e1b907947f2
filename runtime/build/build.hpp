#pragma once
// Builds the image of a Space with the engine's BuildKit: context and Dockerfile go up as a tar, secrets are asked for over
// a session and served from memory.

#include <array>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/build/trace.hpp"
#include "runtime/engine/engine.hpp"

namespace runtime::build {

/// Gives a secret's value when the builder asks for it; nothing when there is none. Called on the worker's thread.
using SecretProvider = std::function<std::optional<std::string>()>;

/// What the node file says of a registry. `trouble` says why the password could not be read; nothing is served then.
struct RegistryCredentials {
  std::string username;
  std::string password;
  std::string password_file;
  std::string trouble;
};

struct BuildRequest {
  std::string space;                              ///< "owner/name": scopes caches
  std::filesystem::path context;                  ///< the folder of the Space
  std::string dockerfile = "Dockerfile";          ///< relative to the context
  std::string tag;                                ///< "spaceport/owner-name:latest"
  std::map<std::string, std::string> variables;   ///< become build args where the Dockerfile has the ARG
  std::map<std::string, SecretProvider> secrets;  ///< only for RUN --mount=type=secret
  std::map<std::string, std::string> labels;
  std::map<std::string, RegistryCredentials> registries;  ///< host -> credentials, for private base images
  std::string platform;                                   ///< empty: the engine's own
  std::string network = "default";                        ///< of RUN steps: `default` (the bridge), `host` or `none`
  bool no_cache = false;
  std::chrono::milliseconds timeout{0};  ///< 0: for ever
  /// How long the engine may take to end a build that was cancelled; then the connection is broken off.
  std::chrono::milliseconds farewell{std::chrono::seconds(10)};
  /// A key of this instance: makes the cache salt say nothing about the secrets it stands for.
  std::array<unsigned char, 32> salt_key{};
};

struct BuildResult {
  std::string image_id;  ///< "sha256:..."
  std::size_t steps = 0;
  std::size_t cached_steps = 0;
  std::chrono::milliseconds took{0};
};

/// Hears of a build as it goes on, on the worker's thread. What it is given holds no value of a secret.
class Observer {
 public:
  virtual ~Observer() = default;
  /// A problem that does not stop the build (a socket in the context that is skipped, for example).
  virtual void warning(const std::string& text) = 0;
  /// The steps have changed; `event` says how. `steps` is the whole picture.
  virtual void step(const StepEvent& event, const Steps& steps) = 0;
};

/// One build. Make one for each; `run` once. `cancel` may be called at any time from the worker's thread: `run` then ends
/// with the message "the build was cancelled".
class Build {
 public:
  Build(gw::net::Worker& worker, engine::Engine& engine, BuildRequest request, Observer& observer);
  ~Build();
  Build(const Build&) = delete;
  Build& operator=(const Build&) = delete;

  engine::Answer<BuildResult> run();
  void cancel();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace runtime::build
