#include "config/gateway_file.hpp"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <set>
#include <utility>

#include "config/balancing_reader.hpp"
#include "config/listeners.hpp"
#include "config/rules.hpp"
#include "config/suggest.hpp"
#include "config/yaml_map.hpp"

namespace config {
namespace {

constexpr std::int64_t workers_max = 1024;
constexpr std::chrono::hours timeout_max{24 * 7};
constexpr std::chrono::seconds hold_default{5};
constexpr std::chrono::minutes hold_max{1};

/// Letters that a pseudonym in Via may have (RFC 9110 §5.6.2, token).
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return alphanumeric || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

std::vector<Upstream> read_upstreams(const YamlNode& node, Report& report, bool has_dialer) {
  std::vector<Upstream> out;
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    Upstream upstream;
    upstream.name = node.keys[i].text;
    const auto label = "upstreams." + upstream.name.substr(0, 100);
    if (upstream.name.empty()) report.error(node.keys[i], "the name of an upstream must not be empty");
    if (node.items[i].is_null()) {
      report.error(node.keys[i], must(label, "must be {endpoints: [HOST:PORT]}"));
    } else {
      YamlMap map(node.items[i], report, label);
      map.require("endpoints");
      upstream.endpoints = read_endpoints(map, has_dialer);
      if (const auto* list = map.list("endpoints"); list != nullptr && list->items.empty())
        report.error(*list, must(map.label("endpoints"), "must hold at least one endpoint"));
      upstream.balancing = read_balancing(map);
      upstream.balancing.limits = read_limits(map);
      if (map.one_of("protocol", {"http", "h2c"}) == "h2c") upstream.protocol = Protocol::h2c;
      check_question(map, upstream.balancing.health, upstream.protocol == Protocol::h2c);
      map.finish();
    }
    out.push_back(std::move(upstream));
  }
  return out;
}

Route read_route(const YamlNode& node, Report& report, const std::string& label) {
  Route out;
  out.line = node.line;
  YamlMap map(node, report, label);
  if (auto host = map.text("host"); host && !host->empty()) {
    out.host = canonical_host(std::move(*host));
    if (const auto wrong = check_host(out.host)) report.error(*map.find("host"), must(map.label("host"), *wrong));
  }
  if (auto path = map.text("path")) {
    if (const auto wrong = check_path(*path)) report.error(*map.find("path"), must(map.label("path"), *wrong));
    out.path = canonical_path(std::move(*path));
  }
  map.require("upstream");
  out.upstream = map.text("upstream").value_or("");
  out.strip_prefix = map.boolean("strip_prefix").value_or(false);
  out.max_body_bytes = map.bytes("max_body").value_or(Bytes{}).count;
  out.websocket = map.boolean("websocket").value_or(true);
  out.refuse_escaped_slash = map.one_of("escaped_slash", {"keep", "refuse"}) == "refuse";
  map.finish();
  return out;
}

/// Finds routes to upstreams that are not there, and routes of which one would never be chosen.
class RouteChecks {
 public:
  RouteChecks(const std::vector<Upstream>& upstreams, Report& report) : report_(report) {
    for (const auto& upstream : upstreams) names_.insert(upstream.name);
  }

  void check(const Route& route, const YamlNode& node, const std::string& label) {
    if (!route.upstream.empty() && !names_.contains(route.upstream) && !report_.full()) {
      const std::vector<std::string_view> candidates(names_.begin(), names_.end());
      const auto& at = *YamlMap(node, report_, label).find("upstream");
      report_.error(
          at, must(label + ".upstream", "names \"" + route.upstream.substr(0, 100) + "\", which is not under \"upstreams\"") +
                  did_you_mean(route.upstream, candidates));
    }
    const auto [first, is_new] = first_lines_.try_emplace({route.host, route.path}, route.line);
    if (is_new) return;
    report_.error(node, "the routes on lines " + std::to_string(first->second) + " and " + std::to_string(route.line) +
                            " collide: both are for " + (route.host.empty() ? "any host" : "host " + route.host) +
                            " and path " + route.path);
  }

 private:
  Report& report_;
  std::set<std::string_view> names_;
  std::map<std::pair<std::string, std::string>, std::size_t> first_lines_;
};

std::vector<Route> read_routes(const YamlNode& node, Report& report, const std::vector<Upstream>& upstreams) {
  std::vector<Route> out;
  RouteChecks checks(upstreams, report);
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const auto label = item_label("routes", i);
    out.push_back(read_route(node.items[i], report, label));
    if (node.items[i].is_map()) checks.check(out.back(), node.items[i], label);
  }
  return out;
}

void read_timeouts(const YamlNode& node, Report& report, Timeouts& out) {
  YamlMap map(node, report, "timeouts");
  using Field = std::pair<const char*, std::chrono::milliseconds*>;
  for (const auto& [key, value] :
       {Field("header", &out.header), Field("idle", &out.idle), Field("connect", &out.connect),
        Field("first_byte", &out.first_byte), Field("body", &out.body), Field("tunnel", &out.tunnel),
        Field("upstream_idle", &out.upstream_idle), Field("wake", &out.wake), Field("drain", &out.drain)}) {
    const auto duration = map.duration(key);
    if (!duration) continue;
    *value = *duration;
    if (duration->count() == 0) report.error(*map.find(key), must(map.label(key), "must be greater than 0"));
    if (*duration > timeout_max) report.error(*map.find(key), must(map.label(key), "must be at most 7 days"));
  }
  map.finish();
}

/// `admin: {socket: PATH}`
std::string read_socket(YamlMap& file, std::string_view key) {
  const auto* node = file.find(key);
  if (node == nullptr) return {};
  YamlMap map(*node, file.report(), std::string(key));
  map.require("socket");
  auto path = map.text("socket");
  if (path) {
    if (const auto wrong = check_socket_path(*path)) {
      file.report().error(*map.find("socket"), must(map.label("socket"), *wrong));
    }
  }
  map.finish();
  return path.value_or("");
}

/// `feed: {hold: 5s}`
void read_feed(const YamlNode& node, Report& report, GatewayFile& out) {
  YamlMap map(node, report, "feed");
  out.feed_hold = map.duration("hold").value_or(hold_default);
  if (*out.feed_hold > hold_max) report.error(*map.find("hold"), must(map.label("hold"), "must be at most 1 minute"));
  map.finish();
  if (out.admin_socket.empty()) report.error(node, must("feed", "needs \"admin: {socket: PATH}\" in this file"));
}

/// `metrics: {address: IP:PORT}`. What it tells is not for those who come to the public listeners.
void read_metrics(const YamlNode& node, Report& report, GatewayFile& out) {
  YamlMap map(node, report, "metrics");
  map.require("address");
  if (const auto address = map.text("address")) {
    const auto parsed = parse_listen_address(*address);
    if (!parsed) {
      report.error(*map.find("address"), must(map.label("address"), parsed.message));
    } else {
      out.metrics = ListenAddress{parsed.value->first, parsed.value->second};
      const bool taken = std::any_of(out.listeners.begin(), out.listeners.end(),
                                     [&](const Listener& one) { return one.port != 0 && one.port == out.metrics->port; });
      if (taken) report.error(*map.find("address"), must(map.label("address"), "must not have the port of a listener"));
    }
  }
  map.finish();
}

/// What is told about requests.
void read_observation(YamlMap& file, GatewayFile& out) {
  if (const auto* node = file.map("metrics")) read_metrics(*node, file.report(), out);
  if (const auto log = file.text("access_log")) {
    out.access_log = *log;
    if (log->empty()) file.report().error(*file.find("access_log"), must("access_log", "must be \"-\", \"off\" or a path"));
  }
  out.trace = file.one_of("trace", {"pass", "off"}) != "off";
  out.server_timing = file.boolean("server_timing").value_or(false);
}

void read_file(const YamlNode& root, Report& report, GatewayFile& out) {
  YamlMap file(root, report, "");
  out.workers = static_cast<unsigned>(file.integer("workers", 0, workers_max).value_or(0));
  if (root.is_null()) report.add(1, 1, "the file is empty: it needs \"listeners\"", false);
  file.require("listeners");
  if (const auto* node = file.find("listeners")) out.listeners = read_listeners(*node, report, "listeners");
  out.admin_socket = read_socket(file, "admin");
  out.dialer_socket = read_socket(file, "dialer");
  if (const auto* node = file.map("feed")) read_feed(*node, report, out);
  const bool has_dialer = file.find("dialer") != nullptr;
  if (const auto* node = file.map("upstreams")) out.upstreams = read_upstreams(*node, report, has_dialer);
  if (const auto* node = file.list("routes")) out.routes = read_routes(*node, report, out.upstreams);
  if (const auto* node = file.find("timeouts")) read_timeouts(*node, report, out.timeouts);
  if (const auto* node = file.map("limits")) out.limits = read_connection_limits(*node, report);
  out.user = file.text("user").value_or("");
  if (const auto domain = file.text("domain")) {
    out.domain = canonical_host(*domain);
    const auto wrong = check_host(out.domain);
    if (wrong || out.domain.starts_with("*."))
      report.error(*file.find("domain"), must("domain", wrong.value_or("must be one name")));
  }
  if (const auto name = file.text("name")) {
    out.name = *name;
    const bool good = is_token(*name) && name->size() <= 64;
    if (!good) report.error(*file.find("name"), must("name", "must be 1 to 64 letters, digits or one of !#$%&'*+-.^_`|~"));
  }
  const auto unsafe = file.one_of("unsafe_names", {"drop", "keep", "refuse"});
  out.unsafe_names = unsafe == "keep" ? UnsafeNames::keep : unsafe == "refuse" ? UnsafeNames::refuse : UnsafeNames::drop;
  read_observation(file, out);
  file.finish();
}

}  // namespace

GatewayFileResult read_gateway_file(std::string_view text, const std::string& file) {
  GatewayFileResult result;
  Report report(file);
  if (const auto root = parse_yaml(text, report)) read_file(*root, report, result.value);
  result.problems = report.take();
  return result;
}

}  // namespace config
