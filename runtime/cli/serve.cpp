// `spaceport serve`: wires everything by hand and runs it on one thread until it is told to stop.

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <signal.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/basic_signal_set.hpp>
#include <fstream>
#include <iostream>
#include <thread>

#include "gateway/net/listener.hpp"
#include "runtime/api/api.hpp"
#include "runtime/cli/checks.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/terminal.hpp"
#include "runtime/state/key_rotation.hpp"
#include "runtime/supervise/certificates.hpp"
#include "runtime/supervise/hardware.hpp"
#include "runtime/supervise/process.hpp"
#include "runtime/supervise/taken_sockets.hpp"

namespace runtime::cli {

namespace net = gw::net;
using state::Kind;
using state::Trouble;
using supervise::Process;

namespace {

// Whom the gateway becomes: its own user where the package made one, else nobody.
std::string gateway_user() {
  if (::geteuid() != 0) return {};
  return ::getpwnam("spaceport") != nullptr ? "spaceport" : "nobody";
}

std::string quoted(const std::string& text) { return boost::json::serialize(boost::json::value(text)); }

std::string tls_of(const config::Listener& listener) {
  std::string yaml = "    tls:\n      certificates:\n";
  for (const auto& pair : listener.certificates)
    yaml += fmt::format("        - {{certificate: {}, private_key: {}}}\n", quoted(pair.certificate), quoted(pair.private_key));
  if (listener.only_tls_1_3) yaml += "      min_version: \"1.3\"\n";
  if (listener.client_certificate == config::ClientCertificate::none) return yaml;
  const bool required = listener.client_certificate == config::ClientCertificate::require;
  return yaml + fmt::format("      client_ca: {}\n      client_certificate: {}\n", quoted(listener.client_ca),
                            required ? "require" : "request");
}

std::string gateway_file(const config::NodeFile& node, const state::Layout& layout, bool dialer) {
  std::string yaml = "# Written by `spaceport serve`; changes are lost.\nlisteners:\n";
  for (const auto& listener : node.listeners) {
    const bool v6 = listener.host.find(':') != listener.host.npos;
    yaml += fmt::format("  - address: \"{}{}{}:{}\"\n", v6 ? "[" : "", listener.host, v6 ? "]" : "", listener.port);
    if (!listener.trusted_proxies.empty())
      yaml +=
          fmt::format("    trusted_proxies: {}\n", boost::json::serialize(boost::json::value_from(listener.trusted_proxies)));
    if (listener.proxy_protocol) yaml += "    proxy_protocol: true\n";
    if (!listener.http2) yaml += "    http2: false\n";
    if (listener.tls) yaml += tls_of(listener);
  }
  yaml += fmt::format("domain: {}\n", quoted(node.domain));
  yaml += fmt::format("admin: {{socket: {}}}\n", quoted(layout.gateway_socket().string()));
  yaml += "feed: {hold: 5s}\n";
  if (const auto limits = config::to_yaml(node.limits); !limits.empty()) yaml += fmt::format("limits: {}\n", limits);
  if (node.server_timing) yaml += "server_timing: true\n";
  if (dialer) yaml += fmt::format("dialer: {{socket: {}}}\n", quoted(layout.dialer_socket().string()));
  if (const std::string user = gateway_user(); !user.empty()) yaml += fmt::format("user: {}\n", user);
  return yaml;
}

// What a program said last is most often why it ended.
std::string last_line(const std::filesystem::path& log) {
  std::ifstream file(log);
  std::string last = "it said nothing";
  for (std::string line; std::getline(file, line);)
    if (!line.empty()) last = line;
  return last;
}

bool replace_file(const std::filesystem::path& file, const std::string& text) {
  std::string before;
  if (std::ifstream in{file, std::ios::binary}) before.assign(std::istreambuf_iterator<char>(in), {});
  if (before == text) return false;
  const std::filesystem::path fresh = file.string() + ".new";
  {
    std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
    out << text;
    if (!out.flush())
      throw Trouble(Kind::unavailable, fmt::format("{} cannot be written", fresh.string()), "free some disk space");
  }
  // The gateway re-reads it as its own user.
  std::filesystem::permissions(fresh, std::filesystem::perms(0644));
  std::filesystem::rename(fresh, file);
  return true;
}

// The public listeners: bound once, kept for as long as we live, passed to every gateway that we start.
class PublicListeners {
 public:
  explicit PublicListeners(const config::NodeFile& node) : node_(node) {}
  ~PublicListeners() { close(); }
  PublicListeners(const PublicListeners&) = delete;
  PublicListeners& operator=(const PublicListeners&) = delete;

  /// Those of a gateway that was there before us: a successor is to serve on the same.
  void adopt(pid_t gateway) {
    close();
    open_ = supervise::listening_sockets_of(gateway);
    if (open_.empty()) spdlog::warn("the gateway's listening sockets cannot be taken over: it cannot be renewed while it runs");
  }

  /// All or none: a gateway that gets none binds them itself and says what is wrong with them.
  std::vector<int> descriptors() {
    if (!open_.empty()) return open_;
    for (const auto& listener : node_.listeners) {
      if (!open(listener)) {
        close();
        break;
      }
    }
    return open_;
  }

 private:
  bool open(const config::Listener& listener) {
    // Alone first: with SO_REUSEPORT another instance of ours on the same address would share it in silence.
    const auto alone = net::listen_tcp(listener.host, listener.port, false);
    if (alone.descriptor < 0) return false;
    ::close(alone.descriptor);
    // One for each worker of the gateway, of which there is one a core.
    for (unsigned i = 0; i != std::max(1U, std::thread::hardware_concurrency()); ++i) {
      const auto opened = net::listen_tcp(listener.host, listener.port, true);
      if (opened.descriptor < 0) return false;
      open_.push_back(opened.descriptor);
    }
    return true;
  }
  void close() {
    for (const int descriptor : open_) ::close(descriptor);
    open_.clear();
  }

  const config::NodeFile& node_;
  std::vector<int> open_;
};

Process::Settings gateway_settings(const state::Layout& layout, PublicListeners& listeners) {
  return {"the gateway",
          {supervise::sibling_program("spaceport-gateway").string(), "run", layout.gateway_file().string()},
          layout.logs() / "gateway.log",
          layout.gateway_socket(),
          false,
          [&listeners] { return listeners.descriptors(); }};
}

Process::Settings dialer_settings(const state::Layout& layout) {
  std::vector<std::string> command{supervise::sibling_program("spaceport-dialer").string(),
                                   "--dialer-socket",
                                   layout.dialer_socket().string(),
                                   "--registrar-socket",
                                   layout.registrar_socket().string(),
                                   "--allow-uid",
                                   std::to_string(::geteuid())};
  if (const passwd* user = ::getpwnam(gateway_user().c_str())) {
    command.insert(command.end(), {"--allow-uid", std::to_string(user->pw_uid), "--group", std::to_string(user->pw_gid)});
  }
  return {"the dialer", command, layout.logs() / "dialer.log", layout.registrar_socket(), true, {}};
}

struct Server {
  net::Worker worker;
  state::StateFolder folder;
  config::NodeFile node;
  state::SecretBox box{state::settle_key(folder.layout())};
  state::Database database{folder.layout().database(), box};
  std::unique_ptr<engine::Engine> engine = make_engine(worker, node);
  supervise::GatewayClient gateway_client{worker, folder.layout().gateway_socket().string()};
  supervise::Certificates certificates{worker, gateway_client, node};
  PublicListeners listeners{node};
  Process gateway{worker, gateway_settings(folder.layout(), listeners)};
  Process dialer{worker, dialer_settings(folder.layout())};
  dialer::Registrar registrar{folder.layout().registrar_socket().string()};
  std::unique_ptr<supervise::EndpointProvider> endpoints;
  bool dialer_failed = false;

  Server(const state::Layout& layout, config::NodeFile read) : folder(layout), node(std::move(read)) {}
};

net::Task<> choose_endpoints(Server& server, const std::string& wanted) {
  std::string why;
  if (wanted == "published")
    why = "it was asked for";
  else if (::geteuid() != 0)
    why = "serve does not run as root";
  else if (!server.engine->capabilities().local)
    why = "the engine runs elsewhere";
  if (why.empty()) {
    // A statement of its own: GCC 12 evaluates the right side of `co_await a || b` before the wait.
    const bool up = co_await server.dialer.begin();
    if (!up || !server.registrar.ping()) {
      why = "the dialer does not answer";
      server.dialer_failed = true;
      co_await server.dialer.stop(std::chrono::seconds(2));
    }
  }
  if (why.empty()) {
    server.endpoints = supervise::netns_endpoints(server.registrar);
    spdlog::info("containers are reached by their network namespace");
    co_return;
  }
  if (wanted == "netns")
    throw Trouble(Kind::unavailable, "containers cannot be reached by namespace: " + why, "leave --endpoints auto");
  if (server.node.defaults.network == "none") {
    throw Trouble(Kind::bad_input,
                  "`defaults: {network: none}` leaves no way to published ports, which are needed because " + why,
                  "run serve as root beside a local engine, or leave the network at `bridge`");
  }
  server.endpoints = supervise::published_endpoints(why);
  spdlog::warn("containers are reached by ports published on 127.0.0.1, because {}", why);
}

// What only a `serve` knows: the choice of how containers are reached was made when it began.
Situation situation_of(Server& server, supervise::Supervisor& supervisor) {
  Situation now;
  now.serving = true;
  now.dialer_failed = server.dialer_failed;
  now.published = server.endpoints->publishes() ? server.endpoints->reason() : std::string();
  now.not_fenced = supervisor.fence().problem();
  now.fence_possible = supervisor.fence().possible();
  now.dialer_answers = now.published.empty() && server.registrar.ping();
  now.builds = supervisor.context().build_limits.told();
  now.builds_broken = supervisor.context().build_limits.broken();
  for (const supervise::Space* space : supervisor.spaces()) {
    const auto& record = space->record();
    const auto gpus = supervise::parse_gpus(record.gpus, record.hardware, server.node);
    if (gpus && gpus->any()) now.want_gpus.push_back(record.id);
  }
  return now;
}

void tell_address(const Common& common, const config::NodeFile& node, const state::Layout& layout) {
  boost::json::array listeners;
  for (const auto& at : node.listeners) {
    spdlog::info("Spaces are served on {}:{}", at.host, at.port);
    listeners.emplace_back(fmt::format("{}:{}", at.host, at.port));
  }
  const boost::json::object event{
      {"event", "serving"}, {"api", layout.api_socket().string()}, {"domain", node.domain}, {"listeners", listeners}};
  if (common.json) std::cout << boost::json::serialize(event) << std::endl;
}

// The gateway is another user than we: keys that only root may read come from us.
bool hands_over() { return !gateway_user().empty(); }

// A gateway that was there before us: its file may be another one now, and its certificates may have changed while nobody looked.
net::Task<> bring_up_to_date(Server& server, bool new_file) {
  if (hands_over())
    co_await server.certificates.hand_over();
  else if (new_file)
    server.gateway.reload();
}

// Another gateway in the place of the one that runs, from the program as it is now. Nobody who is connected or connects notices.
net::Task<> renew_gateway(Server& server) {
  auto& client = server.gateway_client;
  const Process::Feed feed = [&client](std::string socket) { return client.feed_successor(std::move(socket)); };
  const Process::LetGo let_go = [&client](std::string socket) {
    client.succeeded();
    return client.hand_over(std::move(socket));
  };
  const pid_t before = server.gateway.pid();
  const std::string problem = co_await server.gateway.succeed(feed, let_go);
  if (problem.empty()) {
    spdlog::info("the gateway is renewed: process {} follows process {}, which ends behind what is under way",
                 server.gateway.pid(), before);
    co_return;
  }
  client.no_successor();
  spdlog::error("the gateway is not renewed, the one before goes on: {}", problem);
}

using Signals = boost::asio::basic_signal_set<net::Executor>;

net::Task<> one_of(Signals& signals) {
  const auto start = [&signals]<class Handler>(Handler&& done) { signals.async_wait(std::forward<Handler>(done)); };
  co_await net::Completion(start);
}

net::Task<> hear_of_renewals(Server& server) {
  Signals signals(server.worker.context(), SIGUSR2);
  if (server.gateway.adopted() && server.gateway.outdated()) {
    spdlog::info("the gateway runs from a program that has been replaced since");
    co_await renew_gateway(server);
  }
  for (;;) {
    co_await one_of(signals);
    co_await renew_gateway(server);
  }
}

net::Task<> run_server(Server& server, const Common& common, const ServeOptions& options) {
  const auto& layout = server.folder.layout();
  // From the first moment on: what is being started now must not be left behind.
  Signals signals(server.worker.context(), SIGINT, SIGTERM);
  co_await choose_endpoints(server, options.endpoints);
  const bool netns = !server.endpoints->publishes();
  const bool new_file = replace_file(layout.gateway_file(), gateway_file(server.node, layout, netns));
  if (!co_await server.gateway.begin()) {
    if (netns) co_await server.dialer.stop(std::chrono::seconds(2));
    throw Trouble(Kind::unavailable, "the gateway does not start: " + last_line(layout.logs() / "gateway.log"),
                  fmt::format("its log is {}", (layout.logs() / "gateway.log").string()));
  }
  if (server.gateway.adopted()) {
    server.listeners.adopt(server.gateway.pid());
    co_await bring_up_to_date(server, new_file);
  }
  if (hands_over()) server.worker.spawn(server.certificates.keep());

  supervise::Context context{server.worker, *server.engine,    server.database,       server.box, server.node,
                             layout,        *server.endpoints, server.gateway_client, {}};
  supervise::Supervisor supervisor(context);
  co_await supervisor.begin();
  server.worker.spawn(server.gateway.keep([&]() -> net::Task<> { co_await supervisor.feed_all(); }));
  server.worker.spawn(hear_of_renewals(server));
  if (netns) server.worker.spawn(server.dialer.keep([&]() -> net::Task<> { co_await supervisor.attach_all(); }));

  const auto doctor = [&]() -> net::Task<boost::json::array> {
    Situation now = situation_of(server, supervisor);
    boost::json::array found = co_await run_checks(server.worker, *server.engine, server.node, layout, std::move(now));
    co_return found;
  };
  bool containers_too = false;
  const auto stop = [&] {
    containers_too = true;
    ::raise(SIGTERM);
  };
  api::Api handler(supervisor, doctor, stop, [&] { state::rotate_key(server.box, server.database, layout); });
  gw::http::Server http(server.worker, handler,
                        {net::Duration(15'000), net::Duration(75'000), net::Duration(0), net::Duration(10'000)});
  constexpr unsigned only_owner = 0600;
  const auto listening = net::listen_unix(layout.api_socket().string(), only_owner);
  if (listening.descriptor < 0)
    throw Trouble(Kind::unavailable, listening.problem, "choose another --state DIR", layout.api_socket().string());
  net::Listener listener(server.worker, listening.descriptor, [&](std::unique_ptr<net::Stream> stream, net::PeerAddress) {
    gw::http::ConnectionInfo info = api::peer_of(*stream);
    http.accept(std::move(stream), std::move(info));
  });
  tell_address(common, server.node, layout);
  co_await one_of(signals);
  spdlog::info("stopping; {}", containers_too ? "what was started here stops too" : "containers keep running");
  listener.close();
  ::unlink(layout.api_socket().c_str());
  co_await supervisor.stop(containers_too);
  co_await server.gateway.stop(std::chrono::seconds(10));
  if (netns) co_await server.dialer.stop(std::chrono::seconds(2));
  server.worker.stop();
  // The coroutines of Spaces may still be suspended in calls to the engine; the process ends here rather than unwind them.
  spdlog::shutdown();
  std::_Exit(0);
}

net::Task<> guarded(Server& server, const Common& common, const ServeOptions& options, std::optional<Trouble>& trouble) {
  try {
    co_await run_server(server, common, options);
  } catch (const Trouble& caught) {
    trouble.emplace(caught);
  } catch (const std::exception& caught) {
    trouble.emplace(Kind::internal, caught.what());
  }
  server.worker.stop();
}

}  // namespace

int serve(const Common& common, const ServeOptions& options) {
  spdlog::set_default_logger(spdlog::stderr_color_mt("serve"));
  ::signal(SIGPIPE, SIG_IGN);
  const state::Layout layout = common.layout();
  Server server(layout, read_node(layout, options.domain, options.listen));
  std::optional<Trouble> trouble;
  server.worker.spawn(guarded(server, common, options, trouble));
  server.worker.run();
  if (!trouble) return 0;
  complain(*trouble);
  std::cerr.flush();
  std::_Exit(1);
}

}  // namespace runtime::cli
