#include "runtime/api/api.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <sys/socket.h>
#include <unistd.h>

#include <charconv>

#include "runtime/api/body.hpp"
#include "runtime/api/call.hpp"
#include "runtime/api/route.hpp"
#include "runtime/supervise/hardware.hpp"

namespace runtime::api {

namespace json = boost::json;
namespace http = gw::http;
using state::Kind;
using state::Trouble;
using supervise::Space;

namespace {

/// `GET, PUT or POST`
std::string in_words(const std::vector<std::string_view>& methods) {
  std::string out;
  for (std::size_t i = 0; i != methods.size(); ++i) {
    if (i != 0) out += i + 1 == methods.size() ? " or " : ", ";
    out += methods[i];
  }
  return out;
}

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> parts;
  std::size_t at = 0;
  while (at < path.size()) {
    const auto end = std::min(path.find('/', at), path.size());
    if (end != at) parts.emplace_back(path.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

}  // namespace

std::string url_of(const config::NodeFile& node, const std::string& host) {
  bool tls = false;
  std::uint16_t port = 8080;
  if (!node.listeners.empty()) {
    tls = node.listeners.front().tls;
    port = node.listeners.front().port;
  }
  const bool usual = port == (tls ? 443 : 80);
  return fmt::format("{}://{}{}/", tls ? "https" : "http", host, usual ? "" : fmt::format(":{}", port));
}

json::object describe(supervise::Supervisor& supervisor, const Space& space) {
  const auto& context = supervisor.context();
  const auto& record = space.record();
  const std::string host = supervise::host_of(record, context.node.domain);
  json::object made{{"id", record.id},
                    {"stage", name(space.stage())},
                    {"message", space.message()},
                    {"warning", space.warning()},
                    {"url", url_of(context.node, host)},
                    {"host", host},
                    {"subdomain", record.subdomain},
                    {"reason", space.message().substr(0, space.message().find('\n'))},
                    {"since", space.since()},
                    {"image", space.image()},
                    {"deployment", space.deployment()},
                    {"serving_deployment", space.serving_deployment()},
                    {"source", record.source},
                    {"hardware", record.hardware},
                    {"gpus", record.gpus},
                    {"suggested_hardware", space.card().suggested_hardware},
                    {"hint", space.hint_of_hardware()},
                    {"storage_bytes", record.storage_bytes},
                    {"replicas", json::object{{"wanted", record.replicas}, {"serving", space.serving_count()}}},
                    {"sleep_after", space.sleeps_after().count()},
                    {"last_used", record.last_used},
                    {"created", record.created},
                    {"app_port", space.card().app_port},
                    {"endpoints", context.endpoints.name()},
                    {"endpoints_reason", context.endpoints.reason()}};
  if (const auto ahead = space.queued_behind()) made["queued_behind"] = *ahead;
  if (auto container = space.shown_container()) made["container"] = container->id;
  if (context.gpus.known()) {
    json::array held;
    for (const auto& container : space.containers())
      for (const auto& id : context.gpus.held_by(container.id)) held.emplace_back(id);
    made["gpus_held"] = std::move(held);
  }
  json::array routes;
  for (const auto& route : space.card().routes) {
    routes.push_back(json::object{{"path", route.path}, {"port", route.port}, {"strip_prefix", route.strip_prefix}});
  }
  made["routes"] = std::move(routes);
  json::array exposed;
  for (const std::uint16_t port : space.card().expose) {
    exposed.push_back(json::object{
        {"port", port}, {"url", url_of(context.node, fmt::format("{}--{}.{}", record.subdomain, port, context.node.domain))}});
  }
  made["expose"] = std::move(exposed);
  return made;
}

json::object describe_hardware(const supervise::Context& context, const Space& space) {
  const auto& record = space.record();
  const auto limits = supervise::limits_of(record.hardware, context.node, context.machine);
  const auto gpus = supervise::parse_gpus(record.gpus, record.hardware, context.node).value_or(supervise::Gpus{});
  json::object made{{"hardware", record.hardware}, {"cpus", limits.cpus}, {"memory_bytes", limits.memory.count}};
  made["gpus"] = gpus.all ? json::value("all") : json::value(gpus.ids.empty() ? gpus.count : gpus.ids.size());
  json::array flavors;
  for (const auto& flavor : context.node.flavors) {
    flavors.push_back(json::object{
        {"name", flavor.name}, {"cpus", flavor.cpus}, {"memory_bytes", flavor.memory.count}, {"gpus", flavor.gpus}});
  }
  made["flavors"] = std::move(flavors);
  return made;
}

gw::net::Task<> Api::handle(Exchange& exchange, http::RequestHead& request, const http::ConnectionInfo& connection) {
  Call call{exchange, request, split(request.path), {}, {}, {}, {}};
  std::optional<Trouble> trouble;
  try {
    admit(connection);
    const Route& route = route_of(call);
    if (!route.takes_pieces) call.body = co_await read_all(exchange, request);
    co_await (this->*route.handler)(call);
  } catch (const Trouble& caught) {
    trouble.emplace(caught);
  } catch (const std::exception& caught) {
    spdlog::error("api: {} {}: {}", request.method, request.path, caught.what());
    trouble.emplace(Kind::internal, "a bug: the log of serve says more");
  }
  state::wipe(call.body);  // it may have held secrets
  if (trouble) co_await send_trouble(exchange, *trouble, call.allowed);
}

http::ConnectionInfo peer_of(gw::net::Stream& stream) {
  http::ConnectionInfo info;
  ucred peer{};
  socklen_t size = sizeof peer;
  const bool known = ::getsockopt(stream.socket().descriptor(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
  info.peer = known ? fmt::format("uid {}", peer.uid) : "unknown";
  return info;
}

void Api::admit(const http::ConnectionInfo& connection) const {
  if (connection.peer == "uid 0" || connection.peer == fmt::format("uid {}", ::geteuid())) return;
  throw Trouble(Kind::forbidden, fmt::format("{} may not use this API", connection.peer),
                "be the user who runs `spaceport serve`, or root", supervisor_.context().layout.api_socket().string());
}

const Api::Route& Api::route_of(Call& call) {
  const auto found = find_route(call.request.method, call.parts);
  const auto what = fmt::format("there is no {} {}", call.request.method, call.request.path);
  if (found.allowed.empty()) throw Trouble(Kind::not_found, what, "GET /v1/spaces shows what there is", call.request.path);
  if (found.route == nullptr) {
    call.allowed = fmt::format("{}", fmt::join(found.allowed, ", "));
    throw Trouble(Kind::bad_method, what, "use " + in_words(found.allowed), call.request.path);
  }
  if (call.parts.size() >= 4) call.id = call.parts[2] + "/" + call.parts[3];
  if (call.parts.size() >= 5) call.action = call.parts[4];
  return *found.route;
}

gw::net::Task<> Api::refuse(Exchange& exchange, const http::RequestHead&, const http::ConnectionInfo&,
                            gw::net::Failure failure) {
  const Trouble trouble(Kind::bad_input, std::string(gw::net::explain(failure.code)));
  co_await send_trouble(exchange, trouble);
}

gw::net::Task<> Api::status(Call& call) {
  const auto& context = supervisor_.context();
  const json::object body{{"version", SPACEPORT_VERSION},
                          {"instance", context.database.instance()},
                          {"pid", ::getpid()},
                          {"domain", context.node.domain},
                          {"engine", context.engine.name()},
                          {"engine_answers", supervisor_.engine_answers()},
                          {"endpoints", context.endpoints.name()},
                          {"endpoints_reason", context.endpoints.reason()},
                          {"state", context.layout.state.string()}};
  co_await send_json(call.exchange, 200, body);
}

gw::net::Task<> Api::doctor(Call& call) {
  const json::array found = co_await doctor_();
  co_await send_json(call.exchange, 200, found);
}

gw::net::Task<> Api::stop(Call& call) {
  co_await send_json(call.exchange, 200, json::object{});
  stop_();
}

gw::net::Task<> Api::rotate_key(Call& call) {
  rotate_();
  const json::object done{{"rotated", true}};
  co_await send_json(call.exchange, 200, done);
}

gw::net::Task<> Api::deploy(Call& call) {
  const json::object body = parse_object(call.body);
  supervise::Wish wish;
  wish.id = call.id;
  wish.folder = optional_text(body, "dir").value_or("");
  wish.hardware = optional_text(body, "hardware");
  wish.gpus = optional_text(body, "gpus");
  wish.storage = optional_text(body, "storage");
  for (const auto& [key, value] : members(body, "variables")) wish.variables[std::string(key)] = text(value, "variables");
  for (const auto& [key, value] : members(body, "secrets")) {
    wish.secrets.emplace_back(std::string(key), state::SecretValue(text(value, "secrets")));
  }
  // What exists waits for the engine; whoever brings something new is better told at once.
  if (!supervisor_.engine_answers()) {
    throw Trouble(Kind::unavailable, fmt::format("no container engine answers at {}", supervisor_.context().engine.name()),
                  "start it (Debian: `systemctl start docker`), then try again; `spaceport doctor` shows when it answers",
                  supervisor_.context().engine.name());
  }
  supervisor_.deploy(wish);
  co_await follow(call);
}

gw::net::Task<> Api::remove(Call& call) {
  supervisor_.space(call.id).set_want(supervise::Want::deleted, query_value(call.request.query, "data") == "1");
  co_await follow(call);
}

gw::net::Task<> Api::cancel(Call& call) {
  std::int64_t deployment = 0;
  const std::string number = query_value(call.request.query, "deployment");
  std::from_chars(number.data(), number.data() + number.size(), deployment);
  const bool keep = query_value(call.request.query, "keep") == "1";
  const json::object left = co_await supervisor_.go_back(call.id, deployment, keep);
  co_await send_json(call.exchange, 200, left);
}

gw::net::Task<> Api::restart(Call& call) {
  Space& space = supervisor_.space(call.id);
  if (query_value(call.request.query, "factory") == "1")
    supervisor_.redeploy(call.id, true);
  else
    space.restart();
  co_await follow(call);
}

gw::net::Task<> Api::wake(Call& call) {
  Space& space = supervisor_.space(call.id);
  if (!space.wake()) space.restart();
  co_await follow(call);
}

gw::net::Task<> Api::pause(Call& call) {
  Space& space = supervisor_.space(call.id);
  space.set_want(supervise::Want::paused);
  co_await send_json(call.exchange, 200, describe(supervisor_, space));
}

}  // namespace runtime::api
