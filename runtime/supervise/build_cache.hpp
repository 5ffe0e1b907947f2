#pragma once
// The engine's build cache, kept below a size. Main thread.

#include "runtime/supervise/context.hpp"

namespace runtime::supervise {

/// Behind a build: frees what the cache holds above `build.cache`, what was not used for longest first. Only when no build of ours is under
/// way or waits; one that comes meanwhile waits until it is done.
Task<> prune_build_cache(Context& context);

}  // namespace runtime::supervise
