#include "runtime/cli/checks.hpp"

#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "gateway/net/address.hpp"
#include "gateway/net/listener.hpp"
#include "runtime/state/trouble.hpp"
#include "runtime/supervise/process.hpp"

namespace runtime::cli {

namespace json = boost::json;
using state::Kind;
using state::Trouble;

namespace {

json::object finding(std::string_view name, bool ok, std::string_view detail, std::string_view fix) {
  return {{"name", name}, {"ok", ok}, {"detail", detail}, {"fix", ok ? std::string_view() : fix}};
}

json::object check_port(const config::Listener& listener) {
  const auto bound = gw::net::listen_tcp(listener.host, listener.port, false);
  if (bound.descriptor >= 0) ::close(bound.descriptor);
  const std::string name = fmt::format("port {}:{}", listener.host, listener.port);
  return finding(name, bound.descriptor >= 0, bound.descriptor >= 0 ? "free" : bound.problem,
                 "stop what uses it, or choose another address with --listen or `listeners` in spaceport.yaml");
}

json::object check_state(const state::Layout& layout) {
  std::error_code error;
  std::filesystem::create_directories(layout.state, error);
  struct statvfs space {};
  const bool writable = ::access(layout.state.c_str(), W_OK) == 0 && ::statvfs(layout.state.c_str(), &space) == 0;
  const std::uint64_t free_mib = writable ? (static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize) >> 20 : 0;
  constexpr std::uint64_t enough_mib = 512;
  return finding("state folder", writable && free_mib >= enough_mib,
                 fmt::format("{}, {} MiB free", layout.state.string(), free_mib),
                 writable ? "free some disk space" : "run as its owner, or choose another with --state DIR");
}

json::object check_gpu(const engine::Info& info) {
  const bool device = ::access("/dev/nvidiactl", F_OK) == 0;
  bool runtime = false;
  for (const auto& name : info.runtimes) runtime = runtime || name == "nvidia";
  // A node without a GPU is a healthy node: the finding only tells.
  json::object made = finding("GPU", true,
                              device ? (runtime ? "NVIDIA driver and container runtime"
                                                : "NVIDIA driver; the "
                                                  "engine has no nvidia runtime")
                                     : "none on this node; Spaces that ask for one will fail",
                              "");
  if (device && !runtime) made["fix"] = "install nvidia-container-toolkit and restart the engine";
  return made;
}

}  // namespace

gw::net::Task<json::array> run_checks(gw::net::Worker&, engine::Engine& engine, config::NodeFile node, state::Layout layout,
                                      bool serving) {
  json::array found;
  auto version = co_await engine.negotiate();
  if (version) {
    found.push_back(finding("engine", true, fmt::format("{} {}, API {}", engine.name(), version->engine, version->api), ""));
    found.push_back(finding("BuildKit", engine.capabilities().buildkit_session,
                            engine.capabilities().buildkit_session ? "sessions are supported" : "no sessions",
                            "use Docker 20.10 or newer; builds with secrets need BuildKit sessions"));
    auto info = co_await engine.info();
    if (info) found.push_back(check_gpu(*info));
  } else {
    found.push_back(finding("engine", false, version.error().message, version.error().hint));
  }
  if (!serving) {
    for (const auto& listener : node.listeners) found.push_back(check_port(listener));
  }
  for (const char* program : {"spaceport-gateway", "spaceport-dialer"}) {
    const auto path = supervise::sibling_program(program);
    found.push_back(finding(program, ::access(path.c_str(), X_OK) == 0, path.string(), "build or install it beside spaceport"));
  }
  const bool dialing = supervise::listener_of(layout.dialer_socket(), true) != 0;
  const bool can = ::geteuid() == 0 && engine.capabilities().local;
  found.push_back(finding("dialer", dialing || can || !serving,
                          dialing ? "answers"
                          : can   ? "can run here"
                                  : "containers are reached by published ports instead",
                          "run serve as root beside a local engine"));
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
