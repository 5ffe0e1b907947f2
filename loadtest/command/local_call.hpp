#pragma once
// One request to a program on this machine, over its UNIX socket. Blocks.

#include <optional>
#include <string>

namespace loadtest::command {

struct LocalAnswer {
  unsigned status = 0;
  std::string body;
};

/// Nothing: nobody answers there. At most 60 seconds for an answer.
std::optional<LocalAnswer> local_call(const std::string& socket, const std::string& method, const std::string& path,
                                      const std::string& body = {});

}  // namespace loadtest::command
