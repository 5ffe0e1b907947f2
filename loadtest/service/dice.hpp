#pragma once
// What the server draws for each request, from a seed.

#include "loadtest/measure/random.hpp"
#include "loadtest/service/settings.hpp"

namespace loadtest::service {

/// What is done with one request.
struct Fate {
  Nanoseconds delay = 0;
  std::uint16_t status = 200;
  std::uint64_t size = 0;
  bool reset = false;
  bool truncated = false;
  bool close = false;
};

class Dice {
 public:
  explicit Dice(std::uint64_t seed) noexcept : random_(seed) {}

  /// `others`: how many other requests are being answered.
  Fate draw(const Settings& settings, std::uint64_t others);

  /// From [0, 1).
  double uniform() noexcept { return random_.uniform(); }

 private:
  bool happens(double percent) noexcept { return percent > 0 && uniform() * 100 < percent; }
  Nanoseconds delay(const Delay& delay);
  double normal() noexcept;

  measure::Random random_;
};

/// The settings of one request: those of the server, changed by the query of its target (with its `?`, or empty). Keys and values that
/// nobody knows change nothing: a client may have queries of its own.
Settings changed_by_query(Settings settings, std::string_view query);

}  // namespace loadtest::service
