#pragma once
// What `doctor` looks at: each finding with its fix.

#include <boost/json.hpp>

#include "config/node_file.hpp"
#include "gateway/net/worker.hpp"
#include "runtime/engine/engine.hpp"
#include "runtime/state/state_folder.hpp"

namespace runtime::cli {

/// `[{name, ok, detail, fix}]`. `serving`: a serve of ours runs, so its ports are taken by us.
gw::net::Task<boost::json::array> run_checks(gw::net::Worker& worker, engine::Engine& engine, config::NodeFile node,
                                             state::Layout layout, bool serving);

/// The node file of this instance with what the command line says instead. Throws Trouble with every problem.
config::NodeFile read_node(const state::Layout& layout, const std::string& domain, const std::vector<std::string>& listen);
/// The engine that the node file names.
std::unique_ptr<engine::Engine> make_engine(gw::net::Worker& worker, const config::NodeFile& node);

}  // namespace runtime::cli
