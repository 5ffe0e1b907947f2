#pragma once
// What was typed.

#include <functional>
#include <optional>

#include "loadtest/command/commands.hpp"

namespace loadtest::command {

struct CommandLine {
  std::function<int()> chosen;
  RunOptions run;
  CompareOptions compare;
  CapacityOptions capacity;
  WakeOptions wake;
  ReplayOptions replay;
  DeployOptions deploy;
  ReportOptions report;
  DiffOptions diff;
  ServeOptions serve;
  SelftestOptions selftest;
};

/// Fills in the command and what it was told. An exit code: help was printed, or what is wrong was said.
std::optional<int> read_command_line(CommandLine& line, int count, char** arguments);

}  // namespace loadtest::command
