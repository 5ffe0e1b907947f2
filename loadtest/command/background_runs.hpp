#pragma once
// Loads that run beside the one that is measured, from before its first request until behind its last answer.

#include <list>
#include <memory>
#include <stop_token>
#include <vector>

#include "loadtest/command/background.hpp"

namespace loadtest::command {

/// Ends them when it is destroyed, whatever happens.
class BackgroundRuns {
 public:
  /// Starts all, and waits until each has its first connections. Throws Mistake with Exit::unreachable when one has none. `stop` ends them too.
  BackgroundRuns(const std::vector<Background>& loads, std::stop_token stop);
  ~BackgroundRuns();
  BackgroundRuns(const BackgroundRuns&) = delete;
  BackgroundRuns& operator=(const BackgroundRuns&) = delete;

  /// Ends them. What each has seen, in their order.
  std::vector<measure::Result> end();

 private:
  class One;
  std::list<One> all_;
};

}  // namespace loadtest::command
