#pragma once
// /data of a Space, opened for an export or an import, whatever the Space does meanwhile.

#include <string>

#include "runtime/storage/transfer.hpp"
#include "runtime/supervise/context.hpp"

namespace runtime::supervise {

struct DataAccess {
  storage::Opener opener;  ///< for the thread that packs or unpacks; keeps what it needs
  storage::PackOptions pack;
  storage::UnpackOptions unpack;
};

/// Makes /data where the Space has not had it yet. Throws Trouble where it has none, or where it cannot be reached from here.
Task<DataAccess> open_data(Context& context, state::SpaceRecord space);

}  // namespace runtime::supervise
