#pragma once
// `listeners`, which stands in the gateway file and in the node file.

#include <string>
#include <vector>

#include "config/gateway_file.hpp"
#include "config/yaml.hpp"

namespace config {

/// Reads the list `node`; `label` is how messages call it.
std::vector<Listener> read_listeners(const YamlNode& node, Report& report, const std::string& label);

}  // namespace config
