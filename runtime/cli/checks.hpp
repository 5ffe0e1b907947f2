#pragma once
// What `doctor` looks at: each finding with its fix.

#include <boost/json.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "config/node_file.hpp"
#include "gateway/net/worker.hpp"
#include "runtime/engine/engine.hpp"
#include "runtime/state/state_folder.hpp"

namespace runtime::cli {

/// What the checks cannot see for themselves.
struct Situation {
  bool serving = false;                ///< a `serve` of ours runs, so its ports are taken by us
  bool dialer_answers = false;         ///< only of a `serve` that reaches containers by their namespace
  bool dialer_failed = false;          ///< it was tried, and did not come up
  std::string published;               ///< why that `serve` reaches containers by published ports; empty: it does not
  std::vector<std::string> want_gpus;  ///< Spaces that ask for one
  std::string not_fenced;              ///< what of the network's rules does not hold, and why; empty: all do
  bool fence_possible = true;          ///< they could hold here
  std::string builds;                  ///< only of a `serve`: what all builds together may take, or why they are not limited
  bool builds_broken = false;          ///< the node file asks for limits that are not in force
};

/// `[{name, ok, detail, fix}]`; an empty `fix`: nothing has to be done.
gw::net::Task<boost::json::array> run_checks(gw::net::Worker& worker, engine::Engine& engine, config::NodeFile node,
                                             state::Layout layout, Situation situation);

/// What is seen of GPUs.
struct GpusSeen {
  bool here = true;        ///< the engine is this machine's, so its driver would be seen
  bool driver = false;     ///< NVIDIA's driver is loaded
  bool usable = false;     ///< the engine can hand GPUs out
  std::string in_words{};  ///< `1 GPU (NVIDIA H200)`; empty: the driver shows none
};

/// The finding on GPUs.
boost::json::object gpu_finding(const GpusSeen& gpus, const std::vector<std::string>& want_gpus);
/// The finding on how containers are reached. `can`: namespaces can be entered from here.
boost::json::object dialer_finding(const Situation& situation, bool can, const std::filesystem::path& log);

/// The finding on what Spaces reach over the network. `cannot`: why rules cannot be set from here.
boost::json::object network_finding(const Situation& situation, const std::string& network, const std::string& cannot);
/// The finding on how much /data holds. `plain`: why it is only looked at from time to time.
boost::json::object data_finding(const std::string& plain, bool asked_for);
/// The finding on whose user ids containers run with.
boost::json::object users_finding(const engine::Info& info);
/// The finding on the limits of all builds. `why`: why a serve that is started here cannot set them; empty: it can.
boost::json::object builds_finding(const Situation& situation, const config::BuildSettings& build, const std::string& why);

/// The node file of this instance with what the command line says instead. Throws Trouble with every problem.
config::NodeFile read_node(const state::Layout& layout, const std::string& domain, const std::vector<std::string>& listen);
/// The engine that the node file names.
std::unique_ptr<engine::Engine> make_engine(gw::net::Worker& worker, const config::NodeFile& node);

}  // namespace runtime::cli
