#include "config/connection_limits.hpp"

#include "config/yaml_map.hpp"

namespace config {
namespace {

constexpr std::int64_t connections_max = 10'000'000;
// The time between two of them is a whole number of nanoseconds that is not nothing.
constexpr std::int64_t rate_max = 1'000'000;

void read_pace(const YamlNode& node, Report& report, ConnectionLimits& out) {
  YamlMap map(node, report, "limits.new_connections_per_client");
  map.require("per_second");
  out.new_per_second = static_cast<unsigned>(map.integer("per_second", 0, rate_max).value_or(0));
  out.burst = static_cast<unsigned>(map.integer("burst", 1, connections_max).value_or(0));
  map.finish();
}

}  // namespace

ConnectionLimits read_connection_limits(const YamlNode& node, Report& report) {
  ConnectionLimits out;
  YamlMap map(node, report, "limits");
  if (const auto most = map.integer("connections", 0, connections_max)) out.connections = static_cast<unsigned>(*most);
  out.per_client = static_cast<unsigned>(map.integer("connections_per_client", 0, connections_max).value_or(0));
  if (const auto* pace = map.map("new_connections_per_client")) read_pace(*pace, report, out);
  if (out.connections.value_or(0) != 0 && out.per_client > *out.connections)
    report.error(*map.find("connections_per_client"),
                 must(map.label("connections_per_client"), "must not be more than \"connections\""));
  map.finish();
  return out;
}

std::string to_yaml(const ConnectionLimits& limits) {
  std::string text;
  const auto add = [&text](const std::string& entry) { text += (text.empty() ? "{" : ", ") + entry; };
  if (limits.connections) add("connections: " + std::to_string(*limits.connections));
  if (limits.per_client != 0) add("connections_per_client: " + std::to_string(limits.per_client));
  if (limits.new_per_second != 0)
    add("new_connections_per_client: {per_second: " + std::to_string(limits.new_per_second) +
        ", burst: " + std::to_string(limits.whole_burst()) + "}");
  return text.empty() ? text : text + "}";
}

}  // namespace config
