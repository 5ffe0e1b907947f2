#pragma once
// `limits`: how many connections clients may have. In the gateway file, and in the node file, which hands them on.

#include <optional>
#include <string>

namespace config {

class Report;
struct YamlNode;

/// A client is an IPv4 address, or the /64 of an IPv6 one; over all workers. Who is beyond his limits has his connection reset.
/// Those of `trusted_proxies` have none: behind a PROXY header it is each of their clients who is counted.
struct ConnectionLimits {
  /// `connections`: of all clients. Beyond it nobody is accepted: who connects waits in the queue of the kernel until some have gone.
  /// 0: no limit. Nothing: as many as leave a descriptor for the app's connection of each.
  std::optional<unsigned> connections;
  unsigned per_client = 0;      ///< `connections_per_client`; 0: no limit
  unsigned new_per_second = 0;  ///< `new_connections_per_client: {per_second: N}`; 0: no limit
  unsigned burst = 0;           ///< `new_connections_per_client: {burst: N}`: so many at once; 0: those of five seconds
  friend bool operator==(const ConnectionLimits&, const ConnectionLimits&) = default;

  /// `burst` with its default.
  unsigned whole_burst() const noexcept { return burst != 0 ? burst : 5 * new_per_second; }
};

/// Reads the map `node`.
ConnectionLimits read_connection_limits(const YamlNode& node, Report& report);

/// `{connections: 20000, ...}`, as it is written into a file; empty when nothing is limited by it.
std::string to_yaml(const ConnectionLimits& limits);

}  // namespace config
