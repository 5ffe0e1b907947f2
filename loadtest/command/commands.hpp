#pragma once
// The commands, each with what it was told.

#include <string>
#include <vector>

#include "loadtest/command/load_flags.hpp"
#include "loadtest/command/outputs.hpp"

namespace loadtest::command {

struct RunOptions {
  LoadFlags load;
  Outputs outputs;
  std::string space;                    ///< --space: through the gateway
  bool direct = false;                  ///< --direct: its container itself
  std::string state;                    ///< --state: of the instance
  std::vector<std::string> background;  ///< --background: a URL and flags in one word each
};
int run(const RunOptions& options);

struct CompareOptions {
  LoadFlags load;
  Outputs outputs;
  std::vector<std::string> urls;  ///< two, or none with a Space
  std::string space, state;
  std::string fail_if;  ///< `p99>+1ms`
};
int compare(const CompareOptions& options);

struct CapacityOptions {
  LoadFlags load;
  Outputs outputs;
  std::string space, state;
  std::string from = "50", most = "100k", trial = "3s", longest_trial = "15s", precision = "5%";
};
int capacity(const CapacityOptions& options);

struct WakeOptions {
  std::string space, state;
  std::string trials = "20", burst = "1", timeout = "60s";
  std::string rest = "frozen";  ///< or stopped
  Outputs outputs;
};
int wake(const WakeOptions& options);

struct ReplayOptions {
  LoadFlags load;
  Outputs outputs;
  std::string log, speed = "1.0", only = "GET,HEAD", affinity = "client", space, state, from, to;
  bool unsafe_methods = false;
};
int replay(const ReplayOptions& options);

struct DeployOptions {
  LoadFlags load;
  Outputs outputs;
  std::string space, state, before = "2s", after = "3s";
  std::vector<std::string> command;
};
int deploy(const DeployOptions& options);

struct ReportOptions {
  std::vector<std::string> files;
  Outputs outputs;
};
int report_files(const ReportOptions& options);

struct DiffOptions {
  std::string base, now;
  std::vector<std::string> fail_if;
};
int diff(const DiffOptions& options);

struct ServeOptions {
  std::string listen = "127.0.0.1:8080", unix_socket, certificate, private_key;
  std::string service_time = "0", sigma, delay, each;
  std::vector<std::string> stalls, statuses;
  std::string resets, truncated, close, size = "1k", body_takes, event_interval, events, delays, seed = "1", duration;
};
int serve(const ServeOptions& options);

struct SelftestOptions {
  std::string json;
  std::string duration = "2s";
};
int selftest(const SelftestOptions& options);

}  // namespace loadtest::command
