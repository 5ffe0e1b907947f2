#pragma once
// Is an endpoint good for requests? Told what requests and probes met with, it decides without I/O and without a clock of its
// own. One for each worker and endpoint, on the worker's thread; only `state` may be asked from others.

#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>

#include "config/balancing.hpp"
#include "gateway/net/deadline.hpp"

namespace gw::proxy {

enum class HealthState : std::uint8_t {
  up,       ///< takes its whole share
  warming,  ///< back again: its share grows over `slow_start`, and one more bad request puts it out, for longer
  ejected,  ///< its requests failed: passed over until its time is over
  down,     ///< its probes fail: passed over until they succeed
};

/// The word for a state, as in `GET /v1/status`: `up`.
std::string_view name(HealthState) noexcept;

/// What became of a request at an endpoint.
enum class Met : std::uint8_t {
  answered,
  broken,       ///< cut off or timed out, or answered 502, 503 or 504
  unreachable,  ///< no connection: nothing says that the next one will fare better, so once is enough
};

class Health {
 public:
  using Rules = config::HealthCheck;
  using Time = net::Clock::time_point;

  static constexpr unsigned whole_share = 256;
  static constexpr net::Duration longest_ejection{300'000};

  void met(Met what, const Rules& rules, Time now) noexcept;
  /// The probes have come to another verdict.
  void probed(bool good, const Rules& rules, Time now) noexcept;

  /// How much of its weight counts now, of `whole_share`; 0: it is passed over.
  unsigned share(const Rules& rules, Time now) noexcept {
    return state() == HealthState::up ? whole_share : share_of_suspect(rules, now);
  }
  HealthState state() const noexcept { return state_.load(std::memory_order_relaxed); }

 private:
  void become(HealthState state) noexcept { state_.store(state, std::memory_order_relaxed); }
  unsigned share_of_suspect(const Rules& rules, Time now) noexcept;
  void eject(const Rules& rules, Time now) noexcept;
  void warm(const Rules& rules, Time now) noexcept;

  std::atomic<HealthState> state_{HealthState::up};
  unsigned failures_ = 0;   ///< in a row
  unsigned ejections_ = 0;  ///< that are not forgiven yet
  net::Duration length_{};  ///< of the last ejection
  Time since_{};            ///< warming began
  Time until_{};            ///< ejected or warming ends; when up: the ejections are forgiven
};

/// Turns answers to probes into a verdict: so many in a row change it.
class ProbeTally {
 public:
  /// The verdict when this answer changes it.
  std::optional<bool> took(bool good, const Health::Rules& rules) noexcept;
  bool good() const noexcept { return good_; }

 private:
  bool good_ = true;
  unsigned against_ = 0;  ///< answers in a row that contradict the verdict
};

}  // namespace gw::proxy
