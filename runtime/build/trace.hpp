#pragma once
// BuildKit's trace (moby.buildkit.v1.StatusResponse) made into steps. Pure.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace runtime::build {

/// Nanoseconds since the epoch, as the engine states them; 0: not yet.
using EngineTime = std::int64_t;

struct Step {
  enum class State : std::uint8_t {
    waiting,  ///< named, not begun
    running,
    done,
    cached,  ///< the result was there already
    failed,
  };
  std::size_t number = 0;  ///< counted from 1 in order of appearance
  std::string digest;
  std::string name;  ///< "[2/5] RUN pip install ..."
  State state = State::waiting;
  EngineTime started = 0;
  EngineTime completed = 0;
  std::string error;
  /// Progress of a transfer (a base image's layer); `total` 0 when unknown.
  std::int64_t current = 0;
  std::int64_t total = 0;

  double seconds() const noexcept;
};

struct StepEvent {
  enum class Kind : std::uint8_t { named, started, log, progress, done, cached, failed };
  Kind kind = Kind::named;
  std::size_t step = 0;  ///< index into Steps
  std::string line;      ///< of a log: one line without its end
  bool standard_error = false;
};

using Steps = std::vector<Step>;

/// Reads trace messages in order and keeps the picture. Log chunks are cut into lines.
class Trace {
 public:
  /// Every text goes through `filter` before anybody sees it (secrets are masked there).
  explicit Trace(std::function<std::string(std::string)> filter = {}) : filter_(std::move(filter)) {}
  /// One decoded StatusResponse. Nothing when the bytes are not one (the picture is unchanged then).
  std::optional<std::vector<StepEvent>> feed(std::string_view protobuf);
  /// The last lines that had no line end yet.
  std::vector<StepEvent> finish();
  const Steps& steps() const noexcept { return steps_; }

 private:
  std::string clean(std::string_view text) const;
  std::size_t step_of(std::string_view digest);
  void vertex(std::string_view message, std::vector<StepEvent>& events);
  void status(std::string_view message, std::vector<StepEvent>& events);
  void log(std::string_view message, std::vector<StepEvent>& events);

  std::function<std::string(std::string)> filter_;
  Steps steps_;
  std::unordered_map<std::string, std::size_t> index_;
  std::unordered_map<std::size_t, std::string> partial_[2];  ///< standard output, standard error
};

}  // namespace runtime::build
