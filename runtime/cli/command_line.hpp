#pragma once
// What people type, read: options of every command, help with an example, and what to say to what nobody understands.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runtime/cli/options.hpp"

namespace runtime::cli {

/// Everything that options are read into; lives as long as the parse and the command.
struct CommandLine {
  Common common;
  UpOptions up;
  ServeOptions serve;
  LogsOptions logs;
  DataOptions transfer;
  std::string space;
  std::string folder = ".";
  std::string space_template = "python";
  std::string flavor;
  std::string time;    ///< of sleep
  std::string number;  ///< of replicas
  std::int64_t deployment = 0;
  std::string action;
  std::vector<std::string> items;
  bool factory = false;
  bool data = false;
  std::function<int()> chosen;  ///< the command; empty: nothing is left to do
};

/// Reads the arguments into `line`. An exit code where that was all: help was printed (0), or what is wrong (2).
std::optional<int> read_command_line(CommandLine& line, int count, char** arguments);

}  // namespace runtime::cli
