#pragma once
// Runs a program of the system to its end: what it is told, what it said, how it ended.

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/net/task.hpp"
#include "gateway/net/worker.hpp"

namespace runtime::isolation {

struct Ran {
  int code = -1;       ///< exit code; -1: it could not be started, was ended by a signal or did not end in time
  std::string output;  ///< standard output and error together, its first 64 KiB
  bool good() const noexcept { return code == 0; }
  /// The last line that it said, for people.
  std::string reason() const;
};

/// Where a program is: in PATH or in one of the folders of root's, which a PATH may lack. Empty: it is not installed.
std::string find_tool(std::string_view name);

/// Runs `command` (a path first) with `input` as its standard input, and no descriptor of ours. After `patience` it is killed.
/// Blocks: not on the main thread.
Ran run_tool_here(const std::vector<std::string>& command, const std::string& input, std::chrono::milliseconds patience);

/// The same beside the main thread.
gw::net::Task<Ran> run_tool(gw::net::Worker& worker, std::vector<std::string> command, std::string input = {},
                            std::chrono::milliseconds patience = std::chrono::seconds(20));

}  // namespace runtime::isolation
