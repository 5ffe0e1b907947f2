#pragma once
// Where Spaces may open connections to, as a node file says it.

#include <cstdint>
#include <string>
#include <vector>

#include "config/yaml_map.hpp"

namespace config {

/// One place that is open to Spaces whatever else holds, as people write it: `10.0.0.5:5432`, `10.1.0.0/16`, `[fd00::5]:5432`.
struct Opening {
  std::string to;          ///< an address or a network, without brackets
  std::uint16_t port = 0;  ///< of TCP and UDP; 0: everything
  bool v6() const noexcept { return to.find(':') != std::string::npos; }
  friend bool operator==(const Opening&, const Opening&) = default;
};

/// What is open beside replies. The node itself, services for metadata and other Spaces are closed, whatever this says, except
/// where `allow` names them.
struct Egress {
  std::vector<std::uint16_t> ports;  ///< `ports`: of TCP and UDP, to the outside; empty: every port and protocol
  bool private_networks = false;     ///< `private`: networks that are not on the internet (RFC 1918 and their like)
  std::vector<Opening> allow;        ///< `allow`
  friend bool operator==(const Egress&, const Egress&) = default;
};

/// Reads `egress: {ports, private, allow}`; `label` is how messages call it.
Egress read_egress(const YamlNode& node, Report& report, const std::string& label);

/// The reverse of how it is read.
std::string to_string(const Opening& opening);

}  // namespace config
