#include "runtime/cli/checks.hpp"

#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include "gateway/net/address.hpp"
#include "gateway/net/listener.hpp"
#include "runtime/isolation/fence.hpp"
#include "runtime/isolation/tool.hpp"
#include "runtime/state/trouble.hpp"
#include "runtime/supervise/build_limits.hpp"
#include "runtime/supervise/data_volume.hpp"
#include "runtime/supervise/gpu_pool.hpp"
#include "runtime/supervise/process.hpp"

namespace runtime::cli {

namespace json = boost::json;
using state::Kind;
using state::Trouble;

namespace {

json::object finding(std::string_view name, bool ok, std::string_view detail, std::string_view fix) {
  return {{"name", name}, {"ok", ok}, {"detail", detail}, {"fix", ok ? std::string_view() : fix}};
}

std::string address_of(const config::Listener& listener) { return fmt::format("port {}:{}", listener.host, listener.port); }

// Before a `serve` runs: can it have the address?
json::object check_port(const config::Listener& listener, const state::Layout& layout) {
  const auto bound = gw::net::listen_tcp(listener.host, listener.port, false);
  if (bound.descriptor >= 0) {
    ::close(bound.descriptor);
    return finding(address_of(listener), true, "free", {});
  }
  // A gateway outlives a crash of `serve`, and the next one adopts it.
  if (supervise::listener_of(layout.gateway_socket(), false) != 0)
    return finding(address_of(listener), true, "our gateway has it", {});
  return finding(address_of(listener), false, bound.problem,
                 fmt::format("stop what uses it (`ss -ltnp sport = :{}` names it), or choose another address with --listen or "
                             "`listeners` in spaceport.yaml",
                             listener.port));
}

json::object check_gateway(const config::Listener& listener, const state::Layout& layout) {
  const bool answers = supervise::listener_of(layout.gateway_socket(), false) != 0;
  return finding(
      address_of(listener), answers, answers ? "ours" : "our gateway does not answer",
      fmt::format("its log is {}; serve starts it again as soon as it can", (layout.logs() / "gateway.log").string()));
}

// Nothing is created by looking: what is missing is judged by the folder that it would be made in.
json::object check_state(const state::Layout& layout) {
  std::filesystem::path there = std::filesystem::absolute(layout.state);
  std::error_code error;
  while (!std::filesystem::exists(there, error) && there.has_relative_path()) there = there.parent_path();
  struct statvfs space {};
  const bool writable = ::access(there.c_str(), W_OK) == 0 && ::statvfs(there.c_str(), &space) == 0;
  const std::uint64_t free_mib = writable ? (static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize) >> 20 : 0;
  constexpr std::uint64_t enough_mib = 512;
  return finding("state folder", writable && free_mib >= enough_mib,
                 writable ? fmt::format("{}, {} MiB free", layout.state.string(), free_mib)
                          : fmt::format("{} cannot be written", layout.state.string()),
                 writable ? "free some disk space" : "run as its owner, or choose another with --state DIR");
}

// Also Windows', below which Linux has another device.
bool driver_loaded() { return ::access("/dev/nvidiactl", F_OK) == 0 || ::access("/dev/dxg", F_OK) == 0; }

// The engine hands GPUs out through a hook that it finds in its PATH, or through a runtime that it was told of.
bool gpus_usable(const engine::Info& info) {
  for (const auto& name : info.runtimes)
    if (name == "nvidia") return true;
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');)
    if (::access((folder + "/nvidia-container-runtime-hook").c_str(), X_OK) == 0) return true;
  return false;
}

std::string cannot_fence(bool local) {
  std::string why = isolation::cannot_fence(::geteuid() == 0, local);
  if (why.empty() && isolation::find_tool("iptables-restore").empty()) why = "there is no iptables here";
  return why;
}

json::object check_program(const char* program) {
  const auto path = supervise::sibling_program(program);
  const bool there = ::access(path.c_str(), X_OK) == 0;
  return finding(program, there, there ? path.string() : fmt::format("{} is not there", path.string()),
                 "build or install it beside spaceport");
}

}  // namespace

json::object gpu_finding(const GpusSeen& gpus, const std::vector<std::string>& want_gpus) {
  constexpr std::string_view install = "install nvidia-container-toolkit and restart the engine";
  constexpr std::string_view load = "load NVIDIA's driver and restart the engine: `nvidia-smi` says what is wrong with it";
  // A toolkit without a driver is what an update of the kernel leaves behind.
  const bool missed = gpus.usable && gpus.here && !gpus.driver;
  const bool usable = gpus.usable && !missed;
  std::string seen = !gpus.in_words.empty() ? gpus.in_words : gpus.driver ? "NVIDIA driver" : "";
  if (usable) seen += seen.empty() ? "the engine can hand out GPUs" : "; the engine can hand them out";
  if (gpus.driver && !usable) seen += "; the engine cannot hand out GPUs";
  if (missed) seen = "the engine could hand out GPUs, but no driver of NVIDIA's is loaded";
  std::string fix{gpus.driver && !usable ? install : missed ? load : std::string_view()};
  if (want_gpus.empty()) {
    // A node without a GPU is a healthy node: the finding only tells.
    json::object made = finding("GPU", true, seen.empty() ? "none on this node; Spaces that ask for one will fail" : seen, {});
    made["fix"] = fix;
    return made;
  }
  std::string who;
  for (const auto& space : want_gpus) who += (who.empty() ? "" : ", ") + space;
  if (fix.empty()) {
    fix = fmt::format("take the wish away (`spaceport hardware {} cpu-basic`, `up --gpus 0`), or serve it on a node with a GPU",
                      want_gpus.front());
  }
  return finding("GPU", usable, fmt::format("{}; asked for by {}", seen.empty() ? "none on this node" : seen, who), fix);
}

json::object dialer_finding(const Situation& situation, bool can, const std::filesystem::path& log) {
  const std::string fix = fmt::format("its log is {}; mend the cause, then start serve again", log.string());
  if (!situation.serving) {
    return finding("dialer", true, can ? "can run here" : "containers will be reached by published ports instead", {});
  }
  if (situation.published.empty()) {
    return finding("dialer", situation.dialer_answers, situation.dialer_answers ? "answers" : "does not answer", fix);
  }
  return finding("dialer", !situation.dialer_failed,
                 fmt::format("containers are reached by published ports instead, because {}", situation.published), fix);
}

json::object network_finding(const Situation& situation, const std::string& network, const std::string& cannot) {
  if (network != "bridge") {
    return finding("network", true,
                   network == "none" ? "Spaces have none" : fmt::format("Spaces are in `{}`, whose rules are yours", network),
                   {});
  }
  const std::string& wrong = situation.serving ? situation.not_fenced : cannot;
  if (wrong.empty()) {
    return finding("network", true, "this node, its metadata service and other Spaces are closed to Spaces", {});
  }
  // Who cannot set rules has chosen to serve without: that is told and no fault. Rules that should hold and do not are one.
  json::object made = finding("network", !situation.serving || !situation.fence_possible, wrong, {});
  made["fix"] = situation.serving && situation.fence_possible
                    ? "install iptables (Debian: `apt-get install iptables`); the log of serve says more"
                    : "run serve as root beside a local engine, or let Spaces have no network (`defaults: {network: none}`)";
  return made;
}

json::object data_finding(const std::string& plain, bool asked_for) {
  if (plain.empty()) return finding("/data", true, "file systems of the size that was asked for", {});
  json::object made =
      finding("/data", true, fmt::format("folders that are looked at from time to time, because {}", plain), {});
  if (!asked_for)
    made["fix"] =
        "run serve as root beside a local engine, with loop devices and e2fsprogs: then /data cannot grow beyond its size";
  return made;
}

json::object users_finding(const engine::Info& info) {
  const unsigned outside = supervise::outside_uid(info, 0);
  if (outside != 0)
    return finding("users", true, fmt::format("those of containers are others than those of this node (from {} on)", outside),
                   {});
  return finding("users", true, "those of containers are those of this node: apps run as uid 1000 without capabilities", {});
}

json::object builds_finding(const Situation& situation, const config::BuildSettings& build, const std::string& why) {
  constexpr std::string_view fix =
      "run serve as root beside a local engine with `native.cgroupdriver=cgroupfs`, name the group of its builds in `build: "
      "{control_group: ...}`, or take `cpu` and `memory` out of `build`";
  if (situation.serving) return finding("builds", !situation.builds_broken, situation.builds, fix);
  const bool asked = build.cpus != 0 || build.memory.count != 0;
  return finding("builds", why.empty() || !asked, why.empty() ? "serve can limit them" : "not limited, because " + why, fix);
}

gw::net::Task<json::array> run_checks(gw::net::Worker&, engine::Engine& engine, config::NodeFile node, state::Layout layout,
                                      Situation situation) {
  json::array found;
  auto version = co_await engine.negotiate();
  if (version) {
    found.push_back(finding("engine", true, fmt::format("{} {}, API {}", engine.name(), version->engine, version->api), ""));
    found.push_back(finding("BuildKit", engine.capabilities().buildkit_session,
                            engine.capabilities().buildkit_session ? "sessions are supported" : "no sessions",
                            "use Docker 20.10 or newer; builds with secrets need BuildKit sessions"));
    auto info = co_await engine.info();
    if (info) {
      const GpusSeen gpus{engine.capabilities().local, driver_loaded(), gpus_usable(*info),
                          supervise::in_words(supervise::gpus_of_this_machine())};
      found.push_back(gpu_finding(gpus, situation.want_gpus));
      const bool local = engine.capabilities().local && !supervise::rootless(*info);
      found.push_back(network_finding(situation, node.defaults.network, cannot_fence(local)));
      const bool asked_for = node.defaults.volumes == "plain";
      found.push_back(data_finding(asked_for ? "spaceport.yaml says `volumes: plain`"
                                             : storage::SizedVolumes::unavailable(local, supervise::rootless(*info)),
                                   asked_for));
      found.push_back(users_finding(*info));
      const auto why = supervise::why_unlimited(::geteuid() == 0, engine.capabilities().local, *info);
      found.push_back(builds_finding(situation, node.build, why));
    }
  } else {
    found.push_back(finding("engine", false, version.error().message, version.error().hint));
  }
  for (const auto& listener : node.listeners)
    found.push_back(situation.serving ? check_gateway(listener, layout) : check_port(listener, layout));
  for (const char* program : {"spaceport-gateway", "spaceport-dialer"}) found.push_back(check_program(program));
  const bool can = ::geteuid() == 0 && engine.capabilities().local;
  found.push_back(dialer_finding(situation, can, layout.logs() / "dialer.log"));
  found.push_back(check_state(layout));
  co_return found;
}

config::NodeFile read_node(const state::Layout& layout, const std::string& domain, const std::vector<std::string>& listen) {
  std::string text;
  if (std::ifstream in{layout.config_file, std::ios::binary}) text.assign(std::istreambuf_iterator<char>(in), {});
  auto read = config::read_node_file(text, layout.config_file.string());
  if (config::has_errors(read.problems)) {
    std::string all;
    for (const auto& problem : read.problems) all += (all.empty() ? "" : "\n") + problem.text();
    throw Trouble(Kind::bad_input, all, "mend the node file", layout.config_file.string());
  }
  config::NodeFile node = std::move(read.value);
  if (!domain.empty()) node.domain = domain;
  if (!listen.empty()) node.listeners.clear();
  for (const auto& text_of : listen) {
    const auto address = gw::net::parse_address(text_of);
    const auto* tcp = address ? std::get_if<gw::net::TcpAddress>(&*address) : nullptr;
    if (tcp == nullptr) {
      throw Trouble(Kind::bad_input, fmt::format("--listen `{}` is not HOST:PORT", text_of),
                    "for example --listen 127.0.0.1:8080");
    }
    config::Listener listener;
    listener.host = tcp->host;
    listener.port = tcp->port;
    node.listeners.push_back(listener);
  }
  if (node.listeners.empty()) {
    config::Listener listener;
    listener.host = "127.0.0.1";
    listener.port = 8080;
    node.listeners.push_back(listener);
  }
  return node;
}

std::unique_ptr<engine::Engine> make_engine(gw::net::Worker& worker, const config::NodeFile& node) {
  const bool plain_path = node.engine.starts_with('/');
  return engine::make_docker_engine(worker, plain_path ? "unix://" + node.engine : node.engine);
}

}  // namespace runtime::cli
