#pragma once
// The deployments of a Space that are remembered: which one to go back to, and what of them is kept. Pure.

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "runtime/state/database.hpp"

namespace runtime::supervise {

using Deployments = std::vector<state::DeploymentRecord>;  ///< of one Space, the newest first

/// What of a history is not kept.
struct Tidying {
  std::vector<std::int64_t> images;   ///< deployments whose image goes
  std::vector<std::int64_t> records;  ///< deployments that are forgotten, with their build log
};

/// Kept are the newest `images` different images, those of the deployments `in_use`, and the newest `kept_records` deployments, with the one that built
/// an image for as long as that is kept: the image has its name.
Tidying tidy(const Deployments& history, const std::set<std::int64_t>& in_use, unsigned images);
inline constexpr std::size_t kept_records = 50;

/// The one to go back to: `n`, or for 0 the newest that has served and has another image than `now`, the wanted one. Throws Trouble, which says what
/// there is instead.
state::DeploymentRecord rollback_target(const Deployments& history, const state::DeploymentRecord& now, std::int64_t n);

}  // namespace runtime::supervise
