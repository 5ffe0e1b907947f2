#include "gateway/control/feed.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "config/rules.hpp"
#include "config/suggest.hpp"
#include "gateway/control/feed_balancing.hpp"
#include "gateway/http/characters.hpp"
#include "gateway/net/address.hpp"

namespace gw::control {

namespace {

namespace json = boost::json;
using Keys = std::span<const std::string_view>;

constexpr std::array<std::string_view, 7> site_keys{"hosts",  "state", "message", "routes", "response_headers",
                                                    "limits", "sleep"};
constexpr std::array<std::string_view, 10> route_keys{"path",           "endpoints", "strip_prefix", "protocol", "host",
                                                      "max_body_bytes", "balance",   "hash",         "sticky",   "health"};
constexpr std::array<std::string_view, 7> states{"ready", "building", "starting", "sleeping", "waking", "paused", "failed"};
/// Framing and connection management are the serializer's alone.
constexpr std::array<std::string_view, 9> fields_of_ours{
    "connection", "content-length", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "via"};

std::string_view view(const json::string& text) { return {text.data(), text.size()}; }

class Reader {
 public:
  explicit Reader(FeedResult& result) : result_(result) {}

  void site(const json::value& value) {
    const json::object* const object = expect_object(value, "site", site_keys);
    if (!object) return;
    state(*object);
    text_member(*object, "message", "message", result_.spec.message);
    const std::vector<std::string> hosts = read_hosts(*object);
    if (const json::value* const limits = object->if_contains("limits")) limits_ = read_site_limits(*limits, result_.problems);
    if (const json::value* const sleep = object->if_contains("sleep"))
      result_.spec.sleep = read_site_sleep(*sleep, result_.problems);
    routes(*object, hosts);
    response_fields(*object);
  }

 private:
  void problem(const std::string& where, const std::string& what) { result_.problems.push_back(where + ": " + what); }

  const json::object* expect_object(const json::value& value, const std::string& where, Keys keys) {
    const json::object* const object = value.if_object();
    if (!object) {
      problem(where, "must be an object");
      return nullptr;
    }
    for (const auto& member : *object) {
      const std::string_view key(member.key().data(), member.key().size());
      if (std::find(keys.begin(), keys.end(), key) == keys.end())
        problem(where, "unknown key \"" + std::string(key) + "\"" + config::did_you_mean(key, keys));
    }
    return object;
  }

  bool text_member(const json::object& object, const char* key, const std::string& where, std::string& out) {
    const json::value* const value = object.if_contains(key);
    if (!value) return false;
    const json::string* const text = value->if_string();
    if (!text) {
      problem(where, "must be a string");
      return false;
    }
    out = view(*text);
    return true;
  }

  void state(const json::object& object) {
    std::string word = "ready";
    text_member(object, "state", "state", word);
    const auto at = std::find(states.begin(), states.end(), word);
    if (at == states.end())
      problem("state",
              "is none of ready, building, starting, sleeping, waking, paused, failed" + config::did_you_mean(word, states));
    else
      result_.spec.state = static_cast<proxy::SiteState>(at - states.begin());
  }

  /// A host in its canonical spelling; nothing when it is wrong. A feed may not claim "any host".
  std::optional<std::string> host(const json::value& value, const std::string& where) {
    const json::string* const text = value.if_string();
    if (!text || text->empty()) {
      problem(where, "must be a host name");
      return std::nullopt;
    }
    std::string canonical = config::canonical_host(std::string(view(*text)));
    if (const auto wrong = config::check_host(canonical)) {
      problem(where, *wrong);
      return std::nullopt;
    }
    return canonical;
  }

  std::vector<std::string> read_hosts(const json::object& object) {
    std::vector<std::string> hosts;
    const json::value* const value = object.if_contains("hosts");
    const json::array* const list = value ? value->if_array() : nullptr;
    if (!list || list->empty()) {
      problem("hosts", "must be a list of at least one host name");
      return hosts;
    }
    for (std::size_t i = 0; i != list->size(); ++i)
      if (auto name = host((*list)[i], "hosts[" + std::to_string(i) + "]")) hosts.push_back(std::move(*name));
    return hosts;
  }

  void endpoints(const json::object& object, const std::string& where, SiteRoute& route) {
    auto read = read_route_balancing(object, where, result_.problems);
    for (const auto& entry : read.endpoints)
      if (!config::check_endpoint(entry.address) && !net::parse_address(entry.address))
        problem(where + ".endpoints", "cannot read " + entry.address);
    route.endpoints = std::move(read.endpoints);
    read.balancing.limits = limits_;
    route.balancing = std::move(read.balancing);
  }

  void handling(const json::object& object, const std::string& where, SiteRoute& route) {
    if (const json::value* const strip = object.if_contains("strip_prefix")) {
      if (const bool* const flag = strip->if_bool())
        route.strip_prefix = *flag;
      else
        problem(where + ".strip_prefix", "must be true or false");
    }
    if (const json::value* const most = object.if_contains("max_body_bytes")) {
      boost::system::error_code error;
      route.max_body_bytes = most->to_number<std::uint64_t>(error);
      if (error || most->is_double()) problem(where + ".max_body_bytes", "must be a number of bytes; 0 is no limit");
    }
    std::string protocol = "http";
    text_member(object, "protocol", where + ".protocol", protocol);
    if (protocol == "h2c")
      route.protocol = config::Protocol::h2c;
    else if (protocol != "http")
      problem(where + ".protocol", "must be http or h2c");
  }

  void one_route(const json::value& value, const std::string& where, const std::vector<std::string>& hosts) {
    const json::object* const object = expect_object(value, where, route_keys);
    if (!object) return;
    SiteRoute route;
    text_member(*object, "path", where + ".path", route.path);
    if (const auto wrong = config::check_path(route.path)) problem(where + ".path", *wrong);
    route.path = config::canonical_path(std::move(route.path));
    endpoints(*object, where, route);
    handling(*object, where, route);
    if (const json::value* const own = object->if_contains("host")) {
      if (auto name = host(*own, where + ".host")) add(std::move(route), *name, where);
      return;
    }
    for (const std::string& name : hosts) add(route, name, where);
  }

  void add(SiteRoute route, const std::string& name, const std::string& where) {
    route.host = name;
    if (!seen_.emplace(name, route.path).second)
      return problem(where, "a second route for host " + name + " and path " + route.path);
    result_.spec.routes.push_back(std::move(route));
  }

  void routes(const json::object& object, const std::vector<std::string>& hosts) {
    if (const json::value* const value = object.if_contains("routes")) {
      const json::array* const list = value->if_array();
      if (!list) return problem("routes", "must be a list");
      for (std::size_t i = 0; i != list->size(); ++i) one_route((*list)[i], "routes[" + std::to_string(i) + "]", hosts);
    }
    // A site that is not running yet has no endpoints, but its name must answer and say so.
    for (const std::string& name : hosts) {
      const auto of_host = seen_.lower_bound({name, ""});
      if (of_host == seen_.end() || of_host->first != name) add({}, name, "hosts");
    }
    // They are kept as long as the site is.
    result_.spec.routes.shrink_to_fit();
  }

  void response_fields(const json::object& object) {
    const json::value* const value = object.if_contains("response_headers");
    if (!value) return;
    const json::object* const fields = value->if_object();
    if (!fields) return problem("response_headers", "must be an object");
    for (const auto& member : *fields) {
      std::string name(member.key().data(), member.key().size());
      const std::string where = "response_headers." + name;
      std::transform(name.begin(), name.end(), name.begin(), [](char c) { return http::to_lower(c); });
      const json::string* const text = member.value().if_string();
      if (!http::is_token(name))
        problem(where, "is no field name");
      else if (std::find(fields_of_ours.begin(), fields_of_ours.end(), name) != fields_of_ours.end())
        problem(where, "is set by the gateway itself");
      else if (!text || !http::is_field_value(view(*text)))
        problem(where, "must be a string without control characters");
      else
        result_.spec.response_fields.emplace_back(std::move(name), std::string(http::trim(view(*text))));
    }
  }

  FeedResult& result_;
  config::Limits limits_;
  std::set<std::pair<std::string, std::string>> seen_;  ///< host and path
};

}  // namespace

FeedResult read_site(std::string_view text) {
  FeedResult result;
  boost::system::error_code error;
  const json::value value = json::parse({text.data(), text.size()}, error);
  if (error)
    result.problems.push_back("not JSON: " + error.message());
  else
    Reader(result).site(value);
  return result;
}

SiteSpec file_site(const config::GatewayFile& file) {
  SiteSpec spec;
  for (const config::Route& route : file.routes) {
    SiteRoute out;
    out.host = route.host;
    out.path = config::canonical_path(route.path);
    out.strip_prefix = route.strip_prefix;
    out.max_body_bytes = route.max_body_bytes;
    out.websocket = route.websocket;
    out.refuse_escaped_slash = route.refuse_escaped_slash;
    out.upstream = route.upstream;
    out.line = route.line;
    for (const config::Upstream& upstream : file.upstreams) {
      if (upstream.name != route.upstream) continue;
      out.endpoints = upstream.endpoints;
      out.protocol = upstream.protocol;
      out.balancing = upstream.balancing;
    }
    spec.routes.push_back(std::move(out));
  }
  return spec;
}

boost::json::object site_status(std::string_view id, const SiteSpec& spec) {
  json::array routes;
  for (const SiteRoute& route : spec.routes) {
    json::array endpoints;
    for (const auto& endpoint : route.endpoints) endpoints.emplace_back(endpoint.address);
    routes.push_back(json::object{{"host", route.host}, {"path", route.path}, {"endpoints", std::move(endpoints)}});
  }
  const std::string_view state = proxy::name(spec.state);
  return {{"id", json::string(id.data(), id.size())},
          {"state", json::string(state.data(), state.size())},
          {"message", spec.message},
          {"routes", std::move(routes)}};
}

}  // namespace gw::control
