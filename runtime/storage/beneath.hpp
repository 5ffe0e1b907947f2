#pragma once
// Opening what lies below a folder of somebody who may mean harm, and who changes it under our hands. Blocks for a moment.

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "gateway/net/descriptor.hpp"

namespace runtime::storage {

/// How many folders may lie in each other: as many as we have open at once.
inline constexpr std::size_t most_depth = 100;

/// A path below a folder, or why it is none.
struct Inside {
  std::string path;     ///< `a/b`; empty: the folder itself
  std::string problem;  ///< what stands behind the name of who said it: `leads out of it with ..`
};

/// `./a//b/` is `a/b`. Pure.
Inside inside(std::string_view path);

/// `a/b` -> `a` and `b`; `b` -> `` and `b`.
std::string folder_of(const std::string& path);
std::string name_of(const std::string& path);

/// Opens `path` (of `inside`) below `root`, through no link, out of no `..` and onto no other file system, whoever moves things meanwhile.
/// Empty: errno says why; ELOOP where a link is in the way.
gw::net::Descriptor open_beneath(int root, const std::string& path, int flags);

/// For people: without control characters, and not longer than a line.
std::string shown(std::string_view name);

}  // namespace runtime::storage
