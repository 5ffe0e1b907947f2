#pragma once
// What servers tell of their own time, in `Server-Timing` (W3C).

#include <string_view>
#include <vector>

#include "loadtest/measure/result.hpp"

namespace loadtest::drive {

/// The parts that the answers of one lane had. Lives on one thread.
class ServerTiming {
 public:
  /// Takes the value of one field: `app;dur=12.3, cache;desc="x"`. Metrics without a duration, or with one that is no number, are passed
  /// over, as are names beyond the first 32: a server may not fill our memory.
  void take(std::string_view value);
  const std::vector<measure::ServerPart>& parts() const noexcept { return parts_; }

 private:
  void add(std::string_view name, double milliseconds);
  std::vector<measure::ServerPart> parts_;
};

}  // namespace loadtest::drive
