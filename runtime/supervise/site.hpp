#pragma once
// One Space as the gateway is told of it: the JSON of the feed. Pure.

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "config/front_matter.hpp"
#include "config/node_file.hpp"
#include "runtime/state/database.hpp"
#include "runtime/supervise/lifecycle.hpp"

namespace runtime::supervise {

/// Where a port of the replicas that serve is reached, one endpoint for each; those without one are left out.
using EndpointsOf = std::function<std::vector<std::string>(std::uint16_t port)>;

/// What there is to say of a Space at a moment.
struct SiteView {
  Stage stage = Stage::building;
  Power power = Power::awake;
  bool woken = false;            ///< visitors woke it, and it has not come up since: they are held
  EndpointsOf endpoints_of{};    ///< empty: nobody serves, and the stage says why
  std::chrono::seconds idle{0};  ///< without visitors so long, the gateway says so; 0: never
};

/// The body of `PUT /v1/sites/<id>`. The routes are sent also when nobody serves, so that an unknown path is not mistaken for an
/// unknown Space. With several replicas a visitor stays with one. `node` has the domain, and how many requests a Space may have
/// at once.
std::string site_json(const state::SpaceRecord& space, const config::SpaceCard& card, const config::NodeFile& node,
                      const SiteView& view);

/// `owner/name` as one segment of a path: `owner%2Fname`.
std::string site_path(const std::string& id);

}  // namespace runtime::supervise
