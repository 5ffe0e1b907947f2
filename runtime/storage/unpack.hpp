#pragma once
// A tar stream becomes the content of a volume. The stream is of anybody, and a container may change the volume meanwhile: nothing outside of
// it is written, no link is followed, memory is bounded. Blocks.

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace runtime::storage {

struct UnpackOptions {
  uid_t owner = 0;       ///< to whom everything belongs: the user of the Space, as seen from outside
  bool replace = false;  ///< what is in the way is replaced; else it is a problem
  /// What may be taken of the disk; nothing: the file system itself is as large as it may be.
  std::optional<std::uint64_t> room{};
};

struct Unpacked {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  std::string last;         ///< the last of them, as the archive calls it
  std::string problem;      ///< why it ended early; empty: all is there, and on the disk
  bool no_room = false;     ///< `problem` is that there is no more room
  bool in_the_way = false;  ///< `problem` is that something is there already
};

/// The next piece, valid until the next call; empty: there are no more. Nothing: the stream broke off.
using ByteSource = std::function<std::optional<std::string_view>()>;

/// Unpacks below `root`: files, folders, links; anything else is a problem. A file appears when it is whole.
Unpacked unpack(int root, const UnpackOptions& options, const ByteSource& source);

}  // namespace runtime::storage
