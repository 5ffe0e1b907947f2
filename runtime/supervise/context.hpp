#pragma once
// What every Space of an instance shares. Wired by hand in `serve`; everything in it outlives the Spaces. Main thread.

#include "config/node_file.hpp"
#include "gateway/net/worker.hpp"
#include "runtime/engine/engine.hpp"
#include "runtime/state/database.hpp"
#include "runtime/state/state_folder.hpp"
#include "runtime/storage/sized_volumes.hpp"
#include "runtime/supervise/build_limits.hpp"
#include "runtime/supervise/endpoints.hpp"
#include "runtime/supervise/gateway_client.hpp"
#include "runtime/supervise/gpu_pool.hpp"
#include "runtime/supervise/journal.hpp"
#include "runtime/supervise/swap_out.hpp"
#include "runtime/supervise/turns.hpp"
#include "runtime/supervise/volume_use.hpp"

namespace runtime::supervise {

template <class T = void>
using Task = gw::net::Task<T>;

struct Context {
  gw::net::Worker& worker;
  engine::Engine& engine;
  state::Database& database;
  const state::SecretBox& box;
  const config::NodeFile& node;
  const state::Layout& layout;
  EndpointProvider& endpoints;
  GatewayClient& gateway;
  engine::Info machine{};             ///< what the engine said of its machine; refreshed when it comes back
  Journal events{};                   ///< the stages of all Spaces, as they change
  Turns builds{node.build.parallel};  ///< who may build now
  GpuPool gpus = pool_of(node.gpus);
  Turns starts{node.starts.parallel};  ///< whose container may come up now
  storage::SizedVolumes volumes{worker, layout.state / "volumes"};
  VolumeUse volume_use{worker, engine, volumes};
  SwapOut swap_out{worker};                                               ///< of what is frozen
  BuildLimits build_limits{node.build, layout.state / "builds.limited"};  ///< what all of them may take
};

}  // namespace runtime::supervise
