#pragma once
// The limits on clients' connections, from the file to what people are told of them. Main thread only.

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/connection_limits.hpp"
#include "gateway/net/connection_limits.hpp"

namespace gw::control {

/// What is in force where a process may have so many `descriptors`. Unless the file says how many connections there may be: half of
/// them, because each may need one to an app, as haproxy counts its maxconn; without a few that are ours.
net::ConnectionLimits::Settings connection_limits(const config::ConnectionLimits& file, std::uint64_t descriptors);

/// Turns the counts into lines for the log, so few that an attacker cannot fill it.
class LimitWarnings {
 public:
  using Counts = net::ConnectionLimits::Counts;

  /// Of each kind at most one line in this time.
  static constexpr std::chrono::seconds quiet{10};

  /// What is to be said of what has happened since the last time.
  std::vector<std::string> look(const Counts& now, const net::ConnectionLimits::Settings& settings,
                                net::Clock::time_point time);

 private:
  struct Kind {
    std::uint64_t told = 0;  ///< the count when it was last told of
    std::optional<net::Clock::time_point> when{};
  };
  /// How many more there are, if that is to be said now.
  static std::uint64_t news(Kind& kind, std::uint64_t count, net::Clock::time_point time);

  Kind too_many_;
  Kind too_fast_;
  Kind full_;
  Kind descriptors_;
};

/// For `GET /v1/status`.
boost::json::object limit_status(const net::ConnectionLimits& limits);

/// For `explain`: one line; empty when the file limits nothing.
std::string explain_limits(const config::ConnectionLimits& limits);

}  // namespace gw::control
