#pragma once
// `spaceport.yaml`: what one machine offers to Spaces. Everything in it is optional.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/egress.hpp"
#include "config/flavors.hpp"
#include "config/gateway_file.hpp"
#include "config/problem.hpp"
#include "config/units.hpp"
#include "config/volumes.hpp"

namespace config {

/// What a Space gets that asks for nothing.
struct SpaceDefaults {
  double cpus = 2;                        ///< `cpu`
  Bytes memory = gibibytes(4);            ///< `memory`; at least 16Mi
  std::int64_t pids = 1024;               ///< `pids`: processes and threads
  std::chrono::seconds sleep{48 * 3600};  ///< `sleep`: idle time; `never` is 0
  Bytes storage;                          ///< `storage`: size of /data; 0: none unless asked for
  Bytes log_max_size = mebibytes(10);     ///< `log_max_size`: one file of a container's log
  unsigned log_max_files = 3;             ///< `log_max_files`
  std::string network = "bridge";         ///< `network`: `bridge`, `none` or the name of an engine network
  Bytes disk = gibibytes(50);             ///< `disk`: what a container may write outside /data; 0: not limited
  std::string volumes = "sized";  ///< `volumes`: `sized` (file systems as large as asked for) or `plain` (folders, watched)
  Egress egress{};                ///< `egress`: only on `network: bridge`, the others have rules of their own
  /// `max_in_flight` and `queue: {length, deadline}`: requests of a Space at once, and those that wait; 0: as many as the gateway gives
  /// to who does not say.
  Limits limits{};
  std::chrono::seconds stop_after{3600};    ///< `stop_after`: how long it sleeps frozen before it is stopped; `never` is 0
  std::chrono::milliseconds drain{30'000};  ///< `drain`: what a replica that is replaced has to end what it is doing
  friend bool operator==(const SpaceDefaults&, const SpaceDefaults&) = default;
};

/// Credentials for private base images.
struct Registry {
  std::string host;  ///< `ghcr.io`, `registry.example.com:5000`
  std::string username;
  std::string password_file;  ///< a file, so that no password stands in this one
  friend bool operator==(const Registry&, const Registry&) = default;
};

struct BuildSettings {
  unsigned parallel = 1;                                     ///< builds at the same time
  std::chrono::milliseconds timeout{std::chrono::hours(1)};  ///< of one build
  Bytes memory;                                              ///< of all builds together; 0: not limited
  std::string network = "default";                           ///< of RUN steps: `default`, `none` or `host`
  double cpus = 0;                                           ///< `cpu`: of all builds together; 0: not limited
  /// Of all builds together, where a running Space has 1024: what they get of a CPU that others want too; 2 to 1024.
  unsigned cpu_shares = 20;
  Bytes cache = gibibytes(20);  ///< of the engine's build cache, what is unused longest goes above it; 0: never
  /// Where the engine runs the steps of builds, below the mount of a controller; another one where it has a `cgroup-parent`.
  std::string control_group = "docker/buildkit";
  friend bool operator==(const BuildSettings&, const BuildSettings&) = default;
};

/// `starts`
struct StartSettings {
  unsigned parallel = 4;  ///< `parallel`: containers that come up at the same time, as after a restart of the machine
  friend bool operator==(const StartSettings&, const StartSettings&) = default;
};

struct NodeFile {
  std::string domain = "localhost";             ///< Spaces answer at `<slug>.<domain>`
  std::vector<Listener> listeners;              ///< default 127.0.0.1:8080
  ConnectionLimits limits;                      ///< of clients' connections, as in the gateway file
  std::string engine = "/var/run/docker.sock";  ///< a socket's path; `unix://` before it is taken off
  std::string state;                            ///< folder; empty: decided by who starts us
  SpaceDefaults defaults;
  std::vector<Flavor> flavors;      ///< the built-in ones, with those of the file added or in their place
  std::vector<NodeVolume> volumes;  ///< `volumes`: what Spaces may mount beside /data
  std::vector<Registry> registries;
  BuildSettings build;
  StartSettings starts;
  std::vector<std::string> gpus;  ///< `gpus`: how many, or their ids; empty: those that the driver shows
  /// `server_timing: true`, as in the gateway file: answers of Spaces say how long each phase took in the gateway, strangers read it too.
  bool server_timing = false;
  unsigned keep_images = 5;       ///< of each Space, the newest, to roll back to; 1 to 100. Those in use stay anyway
  friend bool operator==(const NodeFile&, const NodeFile&) = default;

  /// The flavor of that name, or null.
  const Flavor* find_flavor(std::string_view name) const noexcept;
  /// The volume of that name, or null.
  const NodeVolume* find_volume(std::string_view name) const noexcept;
};

struct NodeFileResult {
  NodeFile value;
  Problems problems;
};

/// Reads and checks the text of a node file; an empty text gives the defaults. The value is usable when no problem is an error.
NodeFileResult read_node_file(std::string_view text, const std::string& file);

/// What holds without any file.
NodeFile default_node_file();

}  // namespace config
