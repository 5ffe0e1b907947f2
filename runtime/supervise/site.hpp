#pragma once
// One Space as the gateway is told of it: the JSON of the feed. Pure.

#include <functional>
#include <string>

#include "config/front_matter.hpp"
#include "config/node_file.hpp"
#include "runtime/state/database.hpp"
#include "runtime/supervise/stage.hpp"

namespace runtime::supervise {

/// Where a port of the serving container is reached; empty: nowhere.
using EndpointOf = std::function<std::string(std::uint16_t port)>;

/// The body of `PUT /v1/sites/<id>`. Without a serving container `endpoint_of` is empty and the state says why; the routes
/// are sent all the same, so that an unknown path is not mistaken for an unknown Space. `node` has the domain, and how many requests a Space may
/// have at once.
std::string site_json(const state::SpaceRecord& space, const config::SpaceCard& card, const config::NodeFile& node, Stage stage,
                      const EndpointOf& endpoint_of);

/// `owner/name` as one segment of a path: `owner%2Fname`.
std::string site_path(const std::string& id);

}  // namespace runtime::supervise
