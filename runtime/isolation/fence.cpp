#include "runtime/isolation/fence.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <fstream>

#include "runtime/isolation/tool.hpp"

namespace runtime::isolation {
namespace {

constexpr std::string_view consequence = "Spaces reach the services of this node, its networks and its metadata service";

std::string tool_of(Family family, std::string_view suffix) {
  return find_tool(fmt::format("{}{}", family == Family::v4 ? "iptables" : "ip6tables", suffix));
}

bool has_v6() { return ::access("/proc/net/if_inet6", R_OK) == 0; }

// Frames between two Spaces do not leave the bridge: whether rules see them is a setting of the kernel.
std::string bridged_frames_pass_by() {
  std::ifstream in("/proc/sys/net/bridge/bridge-nf-call-iptables");
  int called = 0;
  if ((in >> called) && called == 1) return {};
  return "Spaces reach each other's ports: net.bridge.bridge-nf-call-iptables is not 1, as the engine had set it";
}

}  // namespace

std::string cannot_fence(bool root, bool local) {
  if (!root) return "serve does not run as root";
  if (!local) return "the engine runs elsewhere";
  return {};
}

gw::net::Task<bool> Fence::entered(Family family) {
  std::vector<std::string> command{tool_of(family, "")};
  for (auto& word : entered_question(bounds_)) command.push_back(std::move(word));
  const Ran ran = co_await run_tool(worker_, std::move(command));
  co_return ran.good();
}

gw::net::Task<std::string> Fence::set(Family family) {
  const std::string restore = tool_of(family, "-restore");
  if (restore.empty() || tool_of(family, "").empty())
    co_return fmt::format("{}: there is no {} here", consequence, family == Family::v4 ? "iptables" : "ip6tables");
  const bool there = co_await entered(family);
  std::vector<std::string> command{restore, "-w", "5", "--noflush"};
  std::string rules = fence_rules(bounds_, family, there);
  const Ran ran = co_await run_tool(worker_, std::move(command), std::move(rules));
  if (ran.good()) co_return std::string();
  co_return fmt::format("{}: {} failed: {}", consequence, restore, ran.reason());
}

gw::net::Task<std::string> Fence::try_all(bool bridge_later) {
  const bool there = ::access(("/sys/class/net/" + bounds_.bridge).c_str(), F_OK) == 0;
  if (bounds_.bridge.empty() || (!there && !bridge_later)) {
    possible_ = false;
    co_return fmt::format("{}: the engine's bridge {} is not among the interfaces here", consequence, bounds_.bridge);
  }
  set_ = true;
  std::string problem = co_await set(Family::v4);
  if (problem.empty() && has_v6()) problem = co_await set(Family::v6);
  co_return problem.empty() ? bridged_frames_pass_by() : problem;
}

gw::net::Task<> Fence::set(Bounds bounds, std::string cannot, bool bridge_later) {
  if (setting_) co_return;
  setting_ = true;
  bounds_ = std::move(bounds);
  possible_ = cannot.empty();
  std::string problem;
  if (possible_)
    problem = co_await try_all(bridge_later);
  else
    problem = fmt::format("{}: {}", consequence, cannot);
  if (problem != problem_ && !problem.empty()) spdlog::warn("isolation: {}", problem);
  if (problem != problem_ && problem.empty()) spdlog::info("isolation: the rules of {} hold", bounds_.bridge);
  problem_ = std::move(problem);
  setting_ = false;
}

gw::net::Task<> Fence::remove() {
  if (!set_) co_return;
  set_ = false;
  for (const Family family : {Family::v4, Family::v6}) {
    const std::string restore = tool_of(family, "-restore");
    if (restore.empty() || (family == Family::v6 && !has_v6())) continue;
    const bool there = co_await entered(family);
    std::vector<std::string> command{restore, "-w", "5", "--noflush"};
    std::string rules = no_fence_rules(bounds_, there);
    const Ran ran = co_await run_tool(worker_, std::move(command), std::move(rules));
    if (!ran.good()) spdlog::warn("isolation: the rules of {} stay behind: {}", bounds_.bridge, ran.reason());
  }
}

}  // namespace runtime::isolation
