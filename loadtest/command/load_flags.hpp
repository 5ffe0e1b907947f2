#pragma once
// The flags that every command has which makes load, as they were typed, and the settings that they mean.

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "loadtest/plan/settings.hpp"
#include "loadtest/plan/targets.hpp"

namespace loadtest::command {

struct LoadFlags {
  std::string url;  ///< may be empty where targets or a Space say where to go

  std::string connections, requests, duration, rate, arrival = "constant", warm_up, timeout = "10s", drain = "5s";
  std::vector<std::string> stages;
  std::string most_connections, on_overflow = "queue", threads = "1";
  std::string seed;
  bool spin = false;

  std::string method, data, data_file, content_type, user;
  std::vector<std::string> headers, forms;
  bool insecure = false;
  bool http1 = false, http2 = false, h2c = false, websocket = false, events = false;
  std::string streams = "1", http2_window, most_requests;
  bool no_keep_alive = false;
  std::string targets, targets_format;
  std::vector<std::string> resolve;
  std::string unix_socket;
  std::string read_rate, write_rate;
  std::string websocket_message, websocket_rate;

  std::vector<std::string> objectives, labels;
  std::string expect_bytes, expect_contains, expect_sha256;
  bool abort_on_fail = false;
  bool mine = false;  ///< --i-own-this-target

  /// How the flags were typed, for the report: secrets among them are not.
  boost::json::object told() const;
};

/// Which of the flags a command has.
struct FlagSet {
  bool url = true;
  bool amount = true;  ///< how much, for how long, at which rate
  bool targets = true;
  bool judgement = true;  ///< objectives and labels
};

/// Adds them to a command.
void add_load_flags(CLI::App& command, LoadFlags& flags, FlagSet which = {});

/// What they mean. Throws Mistake with what is wrong, where and what to do.
plan::Settings settings_of(const LoadFlags& flags);

/// The targets alone. `at` is where they go when they do not say so; empty: they must.
std::vector<plan::TimedTarget> targets_of(const LoadFlags& flags);

}  // namespace loadtest::command
