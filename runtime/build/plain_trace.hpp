#pragma once
// What an engine without BuildKit prints while it builds (podman: `STEP 2/5: RUN …`), made into the same steps. Pure.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/build/trace.hpp"

namespace runtime::build {

class PlainTrace {
 public:
  /// Every text goes through `filter` before anybody sees it (secrets are masked there).
  explicit PlainTrace(std::function<std::string(std::string)> filter = {}) : filter_(std::move(filter)) {}
  /// The next piece of what it prints, cut anywhere.
  std::vector<StepEvent> feed(std::string_view text);
  /// What has no line end yet; and the last step has come to its end, good or not.
  std::vector<StepEvent> finish(bool good);
  const Steps& steps() const noexcept { return steps_; }

 private:
  void line(std::string_view text, std::vector<StepEvent>& events);
  void begin(std::string name, std::vector<StepEvent>& events);
  void end(Step::State state, std::vector<StepEvent>& events);

  std::function<std::string(std::string)> filter_;
  Steps steps_;
  std::string partial_;
};

}  // namespace runtime::build
