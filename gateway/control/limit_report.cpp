#include "gateway/control/limit_report.hpp"

#include <algorithm>

namespace gw::control {
namespace {

// Listeners, logs, the admin socket and what the libraries hold.
constexpr std::uint64_t ours = 64;
constexpr std::uint64_t least = 16;
constexpr std::uint64_t most = 10'000'000;

std::string times(std::uint64_t count) { return count == 1 ? "once" : std::to_string(count) + " times"; }

}  // namespace

net::ConnectionLimits::Settings connection_limits(const config::ConnectionLimits& file, std::uint64_t descriptors) {
  const auto by_default = std::clamp((descriptors - std::min(descriptors, ours)) / 2, least, most);
  return {file.connections.value_or(static_cast<unsigned>(by_default)), file.per_client, file.new_per_second,
          file.whole_burst()};
}

std::uint64_t LimitWarnings::news(Kind& kind, std::uint64_t count, net::Clock::time_point time) {
  if (count == kind.told || (kind.when && time - *kind.when < quiet)) return 0;
  kind.when = time;
  return count - std::exchange(kind.told, count);
}

std::vector<std::string> LimitWarnings::look(const Counts& now, const net::ConnectionLimits::Settings& settings,
                                             net::Clock::time_point time) {
  std::vector<std::string> lines;
  const auto last = " (the last from " + net::to_string(now.last_refused) + ")";
  if (const auto more = news(too_many_, now.too_many, time); more != 0)
    lines.push_back("refused " + std::to_string(more) + " connections: a client had its " +
                    std::to_string(settings.per_client) + last);
  if (const auto more = news(too_fast_, now.too_fast, time); more != 0)
    lines.push_back("refused " + std::to_string(more) + " connections: a client opened more than " +
                    std::to_string(settings.new_per_second) + " a second" + last);
  if (const auto more = news(full_, now.full, time); more != 0)
    lines.push_back("stopped accepting " + times(more) + ": all " + std::to_string(settings.connections) +
                    " connections are in use (limits: connections)");
  if (const auto more = news(descriptors_, now.descriptors, time); more != 0)
    lines.push_back("stopped accepting " + times(more) + ": no descriptors are left (ulimit -n)");
  return lines;
}

boost::json::object limit_status(const net::ConnectionLimits& limits) {
  const auto settings = limits.settings();
  const auto counts = limits.counts();
  return {{"connections", settings.connections},
          {"connections_per_client", settings.per_client},
          {"new_connections_per_client", {{"per_second", settings.new_per_second}, {"burst", settings.burst}}},
          {"in_use", limits.connections()},
          {"refused", {{"too_many", counts.too_many}, {"too_fast", counts.too_fast}}},
          {"pauses", {{"full", counts.full}, {"descriptors", counts.descriptors}}}};
}

std::string explain_limits(const config::ConnectionLimits& limits) {
  std::string text;
  const auto add = [&text](const std::string& part) { text += (text.empty() ? "clients  " : ", ") + part; };
  if (limits.connections.value_or(0) != 0) add(std::to_string(*limits.connections) + " connections together");
  if (limits.per_client != 0) add("at most " + std::to_string(limits.per_client) + " from one address");
  if (limits.new_per_second != 0)
    add(std::to_string(limits.new_per_second) + " new ones a second from one address, " + std::to_string(limits.whole_burst()) +
        " at once");
  return text.empty() ? text : text + "\n";
}

}  // namespace gw::control
