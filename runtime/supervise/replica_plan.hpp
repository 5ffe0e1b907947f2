#pragma once
// Everything that decides how a container of a Space is made, and the engine's document made from it. Pure.

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "config/front_matter.hpp"
#include "config/node_file.hpp"
#include "runtime/engine/types.hpp"
#include "runtime/state/database.hpp"
#include "runtime/supervise/hardware.hpp"
#include "runtime/supervise/mounts.hpp"

namespace runtime::supervise {

/// The labels by which we find our own things in the engine, and touch nothing else.
inline constexpr const char* instance_label = "spaceport.instance";
inline constexpr const char* space_label = "spaceport.space";
inline constexpr const char* deployment_label = "spaceport.deployment";
inline constexpr const char* replica_label = "spaceport.replica";
inline constexpr const char* gpus_label = "spaceport.gpus";
inline constexpr const char* plan_label = "spaceport.plan";

struct ReplicaPlan {
  std::string instance;  ///< uuid
  state::SpaceRecord space;
  config::SpaceCard card;
  std::int64_t deployment = 0;
  std::size_t slot = 0;      ///< which of the replicas, from 0
  std::uint64_t serial = 0;  ///< distinguishes the containers of one deployment
  std::string image;
  std::string domain;
  std::map<std::string, std::string> variables;
  std::vector<std::pair<std::string, state::SecretValue>> secrets;
  Limits limits;
  Gpus gpus;
  bool nvidia_runtime = false;  ///< the engine has a runtime that gives GPUs to whoever names them
  std::vector<SpaceMount> mounts;
  std::string network;   ///< the engine network to join
  bool publish = false;  ///< publish the ports on 127.0.0.1, because the dialer cannot reach in
  config::SpaceDefaults defaults;
  std::string mark;  ///< of `identity`, for its label; may be empty
};

/// Everything that a container cannot change while it runs, as text with secrets in it: two plans with the same one need no new
/// container. Which of the replicas, which start and which GPUs it is does not count. The caller wipes it.
std::string identity(const ReplicaPlan& plan);

/// Which of the variables that `hf_oauth: true` promises nobody has set: Spaceport brings no sign-in provider. When none is
/// missing, OAUTH_SCOPES is made of the front matter.
std::vector<std::string> missing_oauth(const std::map<std::string, std::string>& variables,
                                       const std::vector<std::string>& secrets);

/// `K=V` in a fixed order: what the platform sets, then the owner's variables, then the secrets. A later one replaces an
/// earlier one of the same name, but SPACE_* always says the truth.
std::vector<std::string> environment(const ReplicaPlan& plan);

/// The container as the engine shall create it.
engine::ContainerSpec container_spec(const ReplicaPlan& plan);

/// Every port that something outside may reach: app_port, routes, expose; sorted, each once.
std::vector<std::uint16_t> reachable_ports(const config::SpaceCard& card);

/// `spaceport-<first 8 of the instance>`: the bridge that our containers share, without talking to each other.
std::string network_name(const std::string& instance);
/// `<subdomain>.<domain>`
std::string host_of(const state::SpaceRecord& space, const std::string& domain);

}  // namespace runtime::supervise
