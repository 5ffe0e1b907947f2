#pragma once
// What a Space mounts, opened for an export or an import, whatever the Space does meanwhile.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/storage/transfer.hpp"
#include "runtime/supervise/context.hpp"
#include "runtime/supervise/mounts.hpp"

namespace runtime::supervise {

struct DataAccess {
  storage::Opener opener;  ///< for the thread that packs or unpacks; keeps what it needs
  storage::PackOptions pack;
  storage::UnpackOptions unpack;
};

enum class Transfer : std::uint8_t { out, in };

/// What `space` mounts at `path` (`/data`). Throws Trouble where it mounts nothing there, where that is a folder of the node, and where it is
/// to be written to and may only be read. Pure.
SpaceMount mount_to_transfer(const std::string& space, const std::vector<SpaceMount>& mounts, std::string_view path,
                             Transfer direction);

/// Makes the volume where the Space has not had it yet. Throws Trouble where it cannot be reached from here.
Task<DataAccess> open_data(Context& context, std::string space, SpaceMount mount);

}  // namespace runtime::supervise
