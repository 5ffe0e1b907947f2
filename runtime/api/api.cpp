#include "runtime/api/api.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <sys/socket.h>
#include <unistd.h>

#include <charconv>

#include "runtime/api/call.hpp"
#include "runtime/supervise/hardware.hpp"

namespace runtime::api {

namespace json = boost::json;
namespace http = gw::http;
using state::Kind;
using state::Trouble;
using supervise::Space;

namespace {

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

std::string text(const json::value& value, const char* what) {
  if (!value.is_string()) throw Trouble(Kind::bad_input, fmt::format("`{}` must be a string", what));
  return std::string(value.as_string());
}

std::optional<std::string> optional_text(const json::object& from, const char* key) {
  const auto* found = from.if_contains(key);
  if (found == nullptr || found->is_null()) return std::nullopt;
  return text(*found, key);
}

const json::object& members(const json::object& from, const char* key) {
  static const json::object none;
  const auto* found = from.if_contains(key);
  if (found == nullptr) return none;
  if (!found->is_object()) throw Trouble(Kind::bad_input, fmt::format("`{}` must be an object", key));
  return found->as_object();
}

// The methods of each path: what a wrong one is answered with. Empty: there is no such path.
std::string_view methods_of(const std::vector<std::string>& parts) {
  const std::size_t n = parts.size();
  if (n < 2 || parts[0] != "v1") return {};
  if (n == 2 && parts[1] == "stop") return "POST";
  if (n == 2)
    return parts[1] == "status" || parts[1] == "doctor" || parts[1] == "spaces" || parts[1] == "events" || parts[1] == "use"
               ? "GET"
               : "";
  if (n == 3 && parts[1] == "secrets" && parts[2] == "rotate-key") return "POST";
  if (parts[1] != "spaces" || n < 4) return {};
  if (n == 4) return "GET or DELETE";
  const std::string_view action = parts[4];
  const bool settings = action == "variables" || action == "secrets";
  if (n == 6) return settings ? "DELETE" : "";
  if (n != 5) return {};
  if (settings || action == "hardware" || action == "replicas" || action == "data") return "GET or PUT";
  if (action == "sleep") return "GET, PUT or POST";
  if (action == "logs" || action == "events" || action == "deployments") return "GET";
  for (const char* known : {"deploy", "cancel", "restart", "wake", "pause", "rollback"})
    if (action == known) return "POST";
  return {};
}

[[noreturn]] void nothing_there(const http::RequestHead& request, const std::vector<std::string>& parts) {
  const auto methods = methods_of(parts);
  const auto what = fmt::format("there is no {} {}", request.method, request.path);
  if (methods.empty()) throw Trouble(Kind::not_found, what, "GET /v1/spaces shows what there is", request.path);
  throw Trouble(Kind::bad_method, what, fmt::format("use {}", methods), request.path);
}

bool brings_archive(const std::vector<std::string>& parts, const http::RequestHead& request) {
  return request.method == "PUT" && parts.size() == 5 && parts[1] == "spaces" && parts[4] == "data";
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

json::object Api::status() const {
  const auto& context = supervisor_.context();
  return {{"version", SPACEPORT_VERSION},
          {"instance", context.database.instance()},
          {"pid", ::getpid()},
          {"domain", context.node.domain},
          {"engine", context.engine.name()},
          {"engine_answers", supervisor_.engine_answers()},
          {"endpoints", context.endpoints.name()},
          {"endpoints_reason", context.endpoints.reason()},
          {"state", context.layout.state.string()}};
}

gw::net::Task<> Api::handle(Exchange& exchange, http::RequestHead& request, const http::ConnectionInfo& connection) {
  Call call{exchange, request, split(request.path), {}, {}, {}};
  std::optional<Trouble> trouble;
  try {
    admit(connection);
    // An archive is taken piece by piece.
    if (!brings_archive(call.parts, request)) call.body = co_await read_all(exchange, request);
    co_await dispatch(call);
  } catch (const Trouble& caught) {
    trouble.emplace(caught);
  } catch (const std::exception& caught) {
    spdlog::error("api: {} {}: {}", request.method, request.path, caught.what());
    trouble.emplace(Kind::internal, "a bug: the log of serve says more");
  }
  state::wipe(call.body);  // it may have held secrets
  if (trouble) co_await send_trouble(exchange, *trouble);
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

gw::net::Task<> Api::refuse(Exchange& exchange, const http::RequestHead&, const http::ConnectionInfo&,
                            gw::net::Failure failure) {
  const Trouble trouble(Kind::bad_input, std::string(gw::net::explain(failure.code)));
  co_await send_trouble(exchange, trouble);
}

gw::net::Task<> Api::dispatch(Call& call) {
  const auto& parts = call.parts;
  if (parts.size() == 2 && parts[0] == "v1" && call.is("GET")) {
    if (parts[1] == "status") co_return co_await send_json(call.exchange, 200, status());
    if (parts[1] == "events") co_return co_await events(call);
    if (parts[1] == "use") co_return co_await use(call);
    if (parts[1] == "doctor") {
      json::array found = co_await doctor_();
      co_return co_await send_json(call.exchange, 200, found);
    }
    if (parts[1] == "spaces") co_return co_await list(call);
  }
  if (parts.size() == 2 && parts[0] == "v1" && parts[1] == "stop" && call.is("POST") && stop_) {
    co_await send_json(call.exchange, 200, json::object{});
    co_return stop_();
  }
  if (parts.size() == 1 && parts[0] == "metrics" && call.is("GET")) co_return co_await metrics(call);
  if (parts.size() == 3 && methods_of(parts) == "POST" && call.is("POST") && rotate_) {
    rotate_();
    json::object done{{"rotated", true}};
    co_return co_await send_json(call.exchange, 200, done);
  }
  if (methods_of(parts).empty()) nothing_there(call.request, parts);
  if (parts.size() >= 4 && parts[0] == "v1" && parts[1] == "spaces") {
    call.id = parts[2] + "/" + parts[3];
    call.action = parts.size() > 4 ? parts[4] : "";
    co_return co_await on_space(call);
  }
  nothing_there(call.request, call.parts);
}

void Api::deploy(Call& call) {
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
  supervisor_.deploy(std::move(wish));
}

gw::net::Task<> Api::on_space(Call& call) {
  if (call.action == "deploy" && call.is("POST")) {
    deploy(call);
    co_return co_await follow(call);
  }
  Space& space = supervisor_.space(call.id);
  if (call.action.empty() && call.is("GET")) co_return co_await show(call);
  if (call.action.empty() && call.is("DELETE")) {
    space.set_want(supervise::Want::deleted, query_value(call.request.query, "data") == "1");
    co_return co_await follow(call);
  }
  if (call.action == "cancel" && call.is("POST")) {
    std::int64_t deployment = 0;
    const std::string number = query_value(call.request.query, "deployment");
    std::from_chars(number.data(), number.data() + number.size(), deployment);
    const json::object left = co_await supervisor_.go_back(call.id, deployment, query_value(call.request.query, "keep") == "1");
    co_return co_await send_json(call.exchange, 200, left);
  }
  if (call.action == "restart" && call.is("POST")) {
    if (query_value(call.request.query, "factory") == "1")
      supervisor_.redeploy(call.id, true);
    else
      space.restart();
    co_return co_await follow(call);
  }
  if (call.action == "wake" && call.is("POST")) {
    if (!space.wake()) space.restart();
    co_return co_await follow(call);
  }
  if (call.action == "pause" && call.is("POST")) {
    space.set_want(supervise::Want::paused);
    co_return co_await send_json(call.exchange, 200, describe(supervisor_, space));
  }
  if (call.action == "logs" && call.is("GET")) co_return co_await logs(call);
  if (call.action == "deployments" && call.is("GET")) co_return co_await deployments(call);
  if (call.action == "rollback" && call.is("POST")) co_return co_await rollback(call);
  if (call.action == "hardware") co_return co_await hardware(call);
  if (call.action == "events" && call.is("GET")) co_return co_await history(call);
  if (call.action == "data" && call.is("GET")) co_return co_await export_data(call);
  if (call.action == "data" && call.is("PUT")) co_return co_await import_data(call);
  if (call.action == "sleep") co_return co_await sleep(call);
  if (call.action == "replicas") co_return co_await replicas(call);
  if (call.action == "variables" || call.action == "secrets") co_return co_await settings(call);
  nothing_there(call.request, call.parts);
}

gw::net::Task<> Api::hardware(Call& call) {
  const Space& space = supervisor_.space(call.id);
  if (call.is("GET")) co_return co_await send_json(call.exchange, 200, describe_hardware(supervisor_.context(), space));
  if (!call.is("PUT")) nothing_there(call.request, call.parts);
  const json::object body = parse_object(call.body);
  supervisor_.set_hardware(call.id, optional_text(body, "hardware").value_or(""));
  co_await follow(call);
}

gw::net::Task<> Api::settings(Call& call) {
  auto& database = supervisor_.context().database;
  const bool secret = call.action == "secrets";
  if (call.is("GET")) {
    if (secret) {
      json::array names;
      for (const auto& key : database.secret_names(call.id)) names.emplace_back(key);
      co_return co_await send_json(call.exchange, 200, names);
    }
    json::object all;
    for (const auto& [key, value] : database.variables(call.id)) all[key] = value;
    co_return co_await send_json(call.exchange, 200, all);
  }
  if (call.is("PUT")) {
    const json::object body = parse_object(call.body);
    supervise::Wish wish;
    wish.id = call.id;
    for (const auto& [key, value] : body) {
      if (secret)
        wish.secrets.emplace_back(std::string(key), state::SecretValue(text(value, "the value")));
      else
        wish.variables[std::string(key)] = text(value, "the value");
    }
    supervisor_.check_settings(wish);
    for (const auto& [key, value] : wish.secrets) database.set_secret(call.id, key, value);
    for (const auto& [key, value] : wish.variables) database.set_variable(call.id, key, value);
  } else if (call.is("DELETE") && call.parts.size() == 6) {
    const bool found = secret ? database.unset_secret(call.id, call.parts[5]) : database.unset_variable(call.id, call.parts[5]);
    if (!found) {
      throw Trouble(Kind::not_found, fmt::format("{} has no {} `{}`", call.id, secret ? "secret" : "variable", call.parts[5]),
                    fmt::format("`spaceport {} {}` shows what there is", secret ? "secrets" : "vars", call.id));
    }
  } else {
    nothing_there(call.request, call.parts);
  }
  supervisor_.settings_changed(call.id);
  co_await send_json(call.exchange, 200, json::object{});
}

}  // namespace runtime::api
