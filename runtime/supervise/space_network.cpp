#include "runtime/supervise/space_network.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "runtime/isolation/resolvers.hpp"
#include "runtime/supervise/data_volume.hpp"
#include "runtime/supervise/replica_plan.hpp"

namespace runtime::supervise {
namespace {

std::string bridge_name(const std::string& instance) { return "sp-" + instance.substr(0, 8); }

}  // namespace

Task<bool> SpaceNetwork::bridge_comes_later() {
  if (context_.engine.capabilities().bridge_at_once) co_return false;
  const std::vector<std::string> ours{fmt::format("{}={}", instance_label, context_.database.instance())};
  auto running = co_await context_.engine.list_running(ours);
  co_return running && running->empty();
}

Task<> SpaceNetwork::set_fence(engine::Network network) {
  isolation::Bounds bounds;
  const std::string short_id = context_.database.instance().substr(0, 8);
  bounds.chain = "SPACEPORT-" + short_id;
  bounds.bridge = network.bridge.empty() ? bridge_name(context_.database.instance()) : network.bridge;
  bounds.neighbours = network.subnets;
  bounds.resolvers = isolation::resolvers_of_this_machine();
  bounds.egress = context_.node.defaults.egress;
  std::string cannot =
      isolation::cannot_fence(::geteuid() == 0, context_.engine.capabilities().local && !rootless(context_.machine));
  const bool later = co_await bridge_comes_later();
  co_await fence_.set(std::move(bounds), std::move(cannot), later);
}

Task<> SpaceNetwork::prepare() {
  if (context_.node.defaults.network != "bridge") co_return;
  engine::NetworkSpec spec;
  spec.name = network_name(context_.database.instance());
  spec.bridge_name = bridge_name(context_.database.instance());
  spec.container_to_container = false;  // one Space must not reach the ports of another
  spec.labels = {{instance_label, context_.database.instance()}};
  auto there = co_await context_.engine.inspect_network(spec.name);
  if (!there) there = co_await context_.engine.create_network(spec);
  if (there)
    co_await set_fence(*there);
  else
    spdlog::error("network {}: {}", spec.name, there.error().message);
}

Task<> SpaceNetwork::remove() {
  if (context_.node.defaults.network != "bridge") co_return;
  const std::string network = network_name(context_.database.instance());
  auto removed = co_await context_.engine.remove_network(network);
  if (removed) co_await fence_.remove();
}

}  // namespace runtime::supervise
