#pragma once
// A small file as text. Main thread, at start and reload.

#include <optional>
#include <string>

namespace gw::net {

/// Reads a regular file of at most 4 MiB without ever waiting: a FIFO or a device in its place holds nobody up. Nothing: `reason` is
/// the system's words for it, and errno says it too.
std::optional<std::string> read_whole_file(const std::string& path, std::string& reason);

}  // namespace gw::net
