#pragma once
// The volume behind /data of a Space: which kind it is, made and made ready for a container.

#include <string>

#include "runtime/supervise/context.hpp"

namespace runtime::supervise {

/// The uid outside that is `inside` in a container. An engine that remaps users (userns-remap) keeps all it has in a folder named
/// after the first uid outside.
unsigned outside_uid(const engine::Info& machine, unsigned inside);

/// Does the engine of `machine` run without root's rights?
bool rootless(const engine::Info& machine);

/// Why volumes are not sized on this node; empty: they are.
std::string why_plain(const Context& context);

struct DataVolume {
  std::string problem;                 ///< why there is none; two lines, the second says what to do
  std::string mountpoint;              ///< on the engine's machine
  bool sized = false;                  ///< it holds no more than it should
  storage::SizedVolumes::Hold hold{};  ///< until a container that uses it has started
};

/// Makes the volume behind `mount` of a Space where it is not there yet, and gives it to its user; of a folder only looks whether it is
/// there. Before each start.
Task<DataVolume> prepare_mount(Context& context, std::string space, SpaceMount mount);

/// After each start: an image with a folder of its own there has overwritten the owner of an empty volume, and only what is mounted can
/// grow. Answers what is wrong.
Task<std::string> settle_mount(Context& context, std::string space, SpaceMount mount);

/// While it is used: it takes the size that it should have. Answers why it cannot.
Task<std::string> grow_mount(Context& context, std::string space, SpaceMount mount);

/// /data of a Space that has one.
SpaceMount data_mount(const Context& context, const state::SpaceRecord& space);

/// Removes the volumes that are a Space's own, /data and others, with all that is in them. Answers what is wrong.
Task<std::string> remove_volumes(Context& context, std::string space);

/// Throws Trouble when /data of the Space has more than `wanted` already.
void check_storage_grows(const Context& context, const std::string& space, std::uint64_t wanted);

}  // namespace runtime::supervise
