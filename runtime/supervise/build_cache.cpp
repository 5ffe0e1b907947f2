#include "runtime/supervise/build_cache.hpp"

#include <spdlog/spdlog.h>

namespace runtime::supervise {

Task<> prune_build_cache(Context& context) {
  const config::Bytes keep = context.node.build.cache;
  // An engine without BuildKit has no such cache.
  if (!context.engine.capabilities().buildkit_session) co_return;
  if (keep.count == 0 || !context.builds.idle() || context.builds.halted()) co_return;
  const Turns::Halt halt(context.builds);
  const auto freed = co_await context.engine.prune_builds(keep.count);
  if (!freed) {
    spdlog::warn("the build cache is not pruned: {}", freed.error().message);
  } else if (*freed != 0) {
    spdlog::info("the build cache is pruned to {}: {} freed", config::to_string(keep),
                 config::to_string(config::Bytes{*freed}));
  }
}

}  // namespace runtime::supervise
