#pragma once
// Reads the keys of balancing.hpp from a map: of the gateway file, or of a site's JSON as such a map.

#include <vector>

#include "config/balancing.hpp"
#include "config/yaml_map.hpp"

namespace config {

/// The key `endpoints` of a map. An entry that is wrong is reported; netns forms are, unless there is a dialer.
std::vector<EndpointEntry> read_endpoints(YamlMap& map, bool has_dialer);

/// The keys `balance`, `hash`, `sticky` and `health` of a map.
Balancing read_balancing(YamlMap& map);

/// Reports a question of `health` that an upstream of the map's protocol cannot be asked.
void check_question(YamlMap& map, const HealthCheck& health, bool http2);

/// The keys `max_in_flight` and `queue` of a map.
Limits read_limits(YamlMap& map);

}  // namespace config
