#pragma once
// The stage of a Space, as people and the API see it.

#include <cstdint>
#include <string_view>

namespace runtime::supervise {

enum class Stage : std::uint8_t {
  no_app_file,           ///< the folder has no Dockerfile
  config_error,          ///< README.md has no front matter, or a wrong one
  building,              ///< the first build, or a build with nothing running
  build_error,           ///< the build failed and nothing runs
  app_starting,          ///< there is an image; the container does not answer yet
  running,               ///< it answers
  running_building,      ///< the old version serves while the new one is built
  running_app_starting,  ///< the old version serves while the new one starts
  runtime_error,         ///< the container ended, or did not answer in time
  sleeping,              ///< stopped; the next visitor wakes it
  paused,                ///< stopped by its owner, who alone can start it
  deleting,              ///< on its way out
};

/// `RUNNING`, `BUILD_ERROR`, …
std::string_view name(Stage) noexcept;

/// Will the stage change by itself? `up` and other waiters wait while it is so.
bool intermediate(Stage) noexcept;

}  // namespace runtime::supervise
