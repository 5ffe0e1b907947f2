#pragma once
// The build context as a tar stream, packed on a thread of its own in bounded memory. USTAR with GNU extensions: BuildKit
// takes an archive that begins with a PAX header for a Dockerfile.

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gateway/net/worker.hpp"
#include "runtime/build/dockerignore.hpp"
#include "runtime/engine/engine.hpp"

namespace runtime::build {

struct ContextOptions {
  std::filesystem::path folder;
  Dockerignore ignore;
  std::vector<std::string> always;                  ///< sent whatever `ignore` says: the Dockerfile
  std::map<std::string, std::string> replacements;  ///< path -> what is sent instead of the file's content
};

/// Packs while it is read. Files come in the order of their names, so the same folder gives the same stream.
class ContextStream {
 public:
  ContextStream(gw::net::Worker& worker, ContextOptions options);
  /// Stops the thread.
  ~ContextStream();
  ContextStream(const ContextStream&) = delete;
  ContextStream& operator=(const ContextStream&) = delete;

  /// The next piece; empty at the end. The error names the file that could not be read.
  engine::Answer<std::string> next();
  /// What was skipped and why; complete after the end.
  const std::vector<std::string>& warnings() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The whole stream at once, without a thread; for tests.
std::string pack_all(const ContextOptions& options, std::vector<std::string>* warnings = nullptr);

}  // namespace runtime::build
