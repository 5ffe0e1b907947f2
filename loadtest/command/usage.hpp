#pragma once
// Who uses this machine's processor while it runs: the generator, the gateway, a container.

#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "loadtest/measure/result.hpp"

namespace loadtest::command {

/// A name, and what that part has used so far, in nanoseconds of processor time; nothing: it is gone, or cannot be seen.
struct Consumer {
  std::string name;
  std::function<std::optional<measure::Nanoseconds>()> used;
};

/// This process.
Consumer this_process();
/// The process that listens on a UNIX socket.
Consumer listener_of(std::string name, const std::string& socket);
/// All of a container, by its control group (version 1 or 2).
Consumer container_of(const std::string& id);

/// Looks twice a second, on a thread of its own, from its construction until `take`.
class UsageSampler {
 public:
  explicit UsageSampler(std::vector<Consumer> consumers);
  ~UsageSampler();
  UsageSampler(const UsageSampler&) = delete;
  UsageSampler& operator=(const UsageSampler&) = delete;

  /// What was seen, from `began` on (nanoseconds since 1970): times are since then. Parts that were never seen are left out.
  std::vector<measure::Usage> take(measure::Nanoseconds began);

 private:
  struct Point {
    measure::Nanoseconds at = 0;  ///< since 1970
    measure::Nanoseconds used = 0;
  };
  void look();

  std::vector<Consumer> consumers_;
  std::vector<std::vector<Point>> seen_;  ///< of each; its thread's own until that has ended
  std::jthread thread_;
};

}  // namespace loadtest::command
