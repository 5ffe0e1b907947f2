#pragma once
// What goes into the engine and what comes out, as plain data.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace runtime::engine {

using Bytes = std::uint64_t;
using Labels = std::map<std::string, std::string>;
using Json = std::string;  ///< a JSON document in text form

/// What an engine can do; differs between docker versions and podman (which has no BuildKit session, for example).
struct Capabilities {
  bool buildkit_session = false;
  bool update = false;           ///< change the limits of a running container
  bool device_requests = false;  ///< accepts them; whether a GPU is there shows only at start
  bool icc = false;              ///< can forbid container-to-container traffic on a bridge
  bool bridge_at_once = true;    ///< a network's bridge is there with it; false: with the first container on it
  bool syntax_override = false;  ///< honours BUILDKIT_SYNTAX (engine 23 and newer)
  bool local = false;            ///< shares our kernel, so its network namespaces can be entered
};

struct Version {
  std::string engine;  ///< "20.10.24+dfsg1"
  std::string api;     ///< negotiated: "1.41"
  std::string server_api;
  bool podman = false;
};

struct Info {
  std::string name;
  std::string root_dir;
  std::string storage_driver;
  std::string cgroup_version;
  std::string cgroup_driver;  ///< cgroupfs or systemd
  std::vector<std::string> runtimes;
  std::vector<std::string> security;  ///< `name=seccomp,profile=default`, `name=userns`, `name=rootless`
  std::uint32_t cpus = 0;
  Bytes memory = 0;
  std::uint32_t containers_running = 0;
};

struct Mount {
  enum class Kind : std::uint8_t { bind, volume, tmpfs };
  Kind kind = Kind::volume;
  std::string source;  ///< a volume's name or a folder of the host
  std::string target;
  bool read_only = false;
};

/// A GPU request. `count` -1: all. `ids` and `count` exclude each other.
struct DeviceRequest {
  std::string driver;
  int count = -1;
  std::vector<std::string> ids;
  std::vector<std::vector<std::string>> capabilities{{"gpu"}};
};

struct Ulimit {
  std::string name;
  std::int64_t soft = 0;
  std::int64_t hard = 0;
};

/// Publishes a port of the container on the host. Only where namespaces cannot be entered.
struct PortBinding {
  std::uint16_t container_port = 0;
  std::string host_ip = "127.0.0.1";
  std::uint16_t host_port = 0;  ///< 0: the engine chooses
};

/// Everything a container is created with. The defaults are those of a Space: uid 1000, no capabilities, no new
/// privileges, an init process, log rotation, no restart by the engine.
struct ContainerSpec {
  std::string name;  ///< empty: the engine makes one up
  std::string image;
  std::string user = "1000";
  std::string hostname;
  std::vector<std::string> env;  ///< "K=V"
  Labels labels;
  std::vector<std::string> command;  ///< empty: the image's
  std::optional<std::vector<std::string>> entrypoint;
  std::string working_dir;
  std::string stop_signal;
  std::chrono::seconds stop_timeout{10};
  Bytes memory = 0;             ///< 0: no limit. Swap is never given on top.
  std::int64_t nano_cpus = 0;   ///< billionths of a core; 0: no limit
  std::int64_t pids_limit = 0;  ///< 0: no limit
  std::vector<std::string> cap_drop{"ALL"};
  std::vector<std::string> cap_add;
  std::vector<std::string> security_opt{"no-new-privileges"};
  bool read_only_rootfs = false;
  bool init = true;
  int oom_score_adj = 0;
  std::string cgroup_parent;
  std::map<std::string, std::string> tmpfs;  ///< target -> options
  Bytes shm_size = 0;                        ///< 0: the engine's 64 MiB
  std::vector<Mount> mounts;
  std::vector<DeviceRequest> device_requests;
  std::vector<Ulimit> ulimits;
  std::string log_max_size = "10m";
  std::string log_max_files = "3";
  std::string network_mode = "bridge";  ///< "none", "bridge" or the name of a network
  std::vector<PortBinding> ports;
  std::vector<std::string> extra_hosts;  ///< "name:address"
};

/// The state of one container, as inspected.
struct Container {
  std::string id;
  std::string name;    ///< without the leading slash
  std::string image;   ///< the image's id
  std::string status;  ///< created, running, paused, restarting, removing, exited, dead
  Labels labels;
  std::int64_t pid = 0;
  int exit_code = 0;
  bool oom_killed = false;
  std::string error;
  std::string started_at;  ///< RFC 3339 with nanoseconds
  std::string finished_at;
  std::string sandbox_key;                           ///< path of the network namespace, empty when there is none
  std::string ip_address;                            ///< on its first network
  std::map<std::uint16_t, std::uint16_t> published;  ///< container port -> host port
  std::string user;
  std::vector<std::string> env;
  std::string written_folder;  ///< on the engine's disk: what it has written outside its volumes; empty: not told
  Json raw;                    ///< the whole document, for what is not here

  bool running() const noexcept { return status == "running"; }
};

/// One line of a list.
struct ContainerSummary {
  std::string id;
  std::string name;
  std::string image;
  std::string state;
  Labels labels;
};

struct Image {
  std::string id;
  std::vector<std::string> tags;
  Labels labels;
  std::string user;
  std::vector<std::string> env;
  std::vector<std::string> command;
  std::vector<std::string> entrypoint;
  std::vector<std::uint16_t> exposed_ports;
  Bytes size = 0;
  std::string created;
};

struct Network {
  std::string id;
  std::string name;
  std::string gateway;
  std::string bridge;                ///< the interface's name, when it was set and the engine tells it (podman does not)
  std::vector<std::string> subnets;  ///< `172.20.0.0/16`; v6 too
  Labels labels;
};

struct NetworkSpec {
  std::string name;
  std::string bridge_name;  ///< at most 15 characters; empty: the engine's choice
  std::string subnet;       ///< empty: the engine's choice
  bool container_to_container = false;
  bool internal = false;
  Labels labels;
};

struct Volume {
  std::string name;
  std::string mountpoint;
  Labels labels;
  std::map<std::string, std::string> driver_options;
};

struct VolumeSpec {
  std::string name;
  Labels labels;
  std::map<std::string, std::string> driver_options;
};

/// New limits of a container that exists. Nothing: unchanged.
struct Limits {
  std::optional<Bytes> memory;
  std::optional<std::int64_t> nano_cpus;
  std::optional<std::int64_t> pids_limit;
};

struct Stats {
  std::uint64_t cpu_nanoseconds = 0;
  Bytes memory = 0;  ///< without the page cache that can be dropped
  Bytes memory_limit = 0;
  std::uint64_t pids = 0;
  Bytes network_received = 0;
  Bytes network_sent = 0;
};

/// Something happened in the engine: `type` container, `action` start, die, oom, pause, unpause, destroy ...
struct Event {
  std::string type;
  std::string action;
  std::string id;
  Labels attributes;  ///< labels, "name", "exitCode"
  std::int64_t time_nano = 0;
};

struct EventFilter {
  std::vector<std::string> types{"container"};
  std::vector<std::string> labels;  ///< "k=v" or "k"
  /// Health checks would flood the stream with exec_*, so the actions are named.
  std::vector<std::string> actions{"start", "die", "oom", "pause", "unpause", "destroy"};
  std::int64_t since = 0;  ///< seconds since the epoch; 0: from now on
};

struct LogOptions {
  bool follow = false;
  bool timestamps = false;
  std::string since;  ///< seconds since the epoch, with a fraction if wanted; empty: from the start
  std::string tail = "all";
  bool standard_output = true;
  bool standard_error = true;
};

enum class LogStream : std::uint8_t { standard_output = 1, standard_error = 2 };

/// Called with whole or partial lines as they come; false ends the stream.
using LogSink = std::function<bool(LogStream, std::string_view)>;
/// Called for each event; false ends the stream.
using EventSink = std::function<bool(const Event&)>;

}  // namespace runtime::engine
