#pragma once
// The content of a volume as a tar stream (pax), while it is used and changed by somebody who may mean harm: nothing outside of it is read,
// and what is in it takes bounded memory. Blocks.

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace runtime::storage {

struct PackOptions {
  std::string path;     ///< of `inside`: only this, by its whole path; empty: everything
  uid_t first_uid = 0;  ///< what is 0 inside: an engine may remap users
};

struct Packed {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;           ///< of data, without holes
  std::vector<std::string> notes;    ///< what is not as it was, or left out; a hundred at most
  std::uint64_t notes_left_out = 0;  ///< further ones
  std::string problem;               ///< why it has no end; empty: it is whole
};

/// False: nobody takes it any more.
using ByteSink = std::function<bool(std::string_view)>;

/// Packs what lies below `root`, folders before what is in them, in the order in which the file system names it. Sockets and pipes are left
/// out. Files keep mode, owner, time, holes, links among each other and attributes of users (`user.*`).
Packed pack(int root, const PackOptions& options, const ByteSink& sink);

}  // namespace runtime::storage
