#include "gateway/proxy/explain.hpp"

#include "gateway/http/host.hpp"
#include "gateway/http/target.hpp"
#include "gateway/proxy/policies/order.hpp"

namespace gw::proxy {

namespace {

struct Url {
  std::string_view scheme = "http";
  std::string_view authority;
  std::string_view target;
};

Url split(std::string_view url) {
  Url parts;
  if (const std::size_t at = url.find("://"); at != std::string_view::npos) {
    parts.scheme = url.substr(0, at);
    url.remove_prefix(at + 3);
  }
  // A fragment is never sent.
  url = url.substr(0, url.find('#'));
  const std::size_t path = url.find_first_of("/?");
  parts.authority = url.substr(0, path);
  parts.target = path == std::string_view::npos ? std::string_view{} : url.substr(path);
  return parts;
}

std::string describe(const Route& route) {
  std::string text = route.host.empty() ? std::string("any host") : route.host;
  text += " " + route.path;
  if (route.line != 0) text += " (line " + std::to_string(route.line) + ")";
  return text;
}

/// Why a route of the same host was not taken.
std::string why_lost(const Route& route, const Route* chosen, std::string_view path) {
  const bool starts = path.substr(0, route.path.size()) == route.path;
  const bool whole = starts && (route.path == "/" || path.size() == route.path.size() || path[route.path.size()] == '/');
  if (whole && chosen) return "matches too, but " + chosen->path + " is longer";
  if (starts) return "begins the same, but " + route.path + " ends inside a segment of the path";
  return "the path is not below " + route.path;
}

void say_host(const Snapshot& snapshot, std::string_view host, std::string& text) {
  const HostRoutes* const group = snapshot.router.group(host);
  text += "host     " + std::string(host) + ": ";
  if (!group) {
    text += "no route names it, no wildcard covers it, and there is no route for any host\n";
    return;
  }
  const std::string& pattern = group->routes().front().host;
  if (pattern == host && !pattern.empty())
    text += "routed by its own name (wildcards and `any host` do not count then)\n";
  else if (pattern.empty())
    text += "no route names it; the routes for any host answer\n";
  else
    text += "no route names it; the wildcard " + pattern + " answers\n";
}

void say_balancing(const Upstream& upstream, std::string& text) {
  const auto& rules = *upstream.balancing;
  if (upstream.endpoints.size() > 1) {
    text += "balance  " + std::string(config::name(rules.balance));
    if (rules.balance == config::Balance::sticky) text += ", cookie " + rules.sticky_cookie;
    if (rules.balance == config::Balance::hash)
      text += rules.hash.source == config::HashBy::Source::client
                  ? ", by client"
                  : (rules.hash.source == config::HashBy::Source::header ? ", by header " : ", by cookie ") + rules.hash.name;
    text += "\n";
  }
  if (const auto question = rules.health.question(); !question.empty())
    text += "health   " + (rules.health.grpc ? question : "GET " + question) + " every " +
            std::to_string(rules.health.interval.count()) + " ms\n";
  const auto& limits = upstream.limits;
  if (upstream.gate)
    text += "places   " + std::to_string(limits.max_in_flight) + ", " + std::to_string(limits.queue_length) + " may wait for " +
            std::to_string(limits.queue_deadline.count()) + " ms\n";
}

void say_route(const Route& route, std::string& text) {
  text += "route    " + describe(route) + (route.strip_prefix ? ", prefix stripped" : "") + "\n";
  if (!route.site->id.empty()) text += "site     " + route.site->id + "\n";
  text += "state    " + std::string(name(route.site->state)) + "\n";
  text += "upstream " + (route.upstream->name.empty() ? std::string("(of the site)") : route.upstream->name);
  text += route.upstream->protocol == config::Protocol::h2c ? ", h2c\n" : ", http\n";
  for (const Endpoint& endpoint : route.upstream->endpoints) {
    text += "         " + endpoint.text;
    if (endpoint.weight != 1) text += ", weight " + std::to_string(endpoint.weight);
    if (endpoint.max_in_flight != 0) text += ", at most " + std::to_string(endpoint.max_in_flight) + " in flight";
    text += "\n";
  }
  say_balancing(*route.upstream, text);
}

void say_forwarded(const http::RequestHead& request, std::string& text) {
  text += "forward  " + request.method + " " + request.path + request.query + "\n";
  for (const auto field : request.fields)
    text += "         " + std::string(field.name) + ": " + std::string(field.value) + "\n";
}

/// The request that a plain client would send for the URL; a sentence when it could send none.
std::string build_request(const Url& url, std::string_view method, http::RequestHead& request) {
  request.method = method;
  if (url.scheme != "http" && url.scheme != "https") return "the scheme is neither http nor https";
  if (!http::normalise_authority(url.authority, request.authority)) return "the host is malformed (bad_host)";
  std::string target(url.target);
  if (target.empty() || target.front() == '?') target.insert(0, "/");
  const auto parsed = http::parse_target(target);
  if (!parsed) return "the target has characters that a URL may not have (" + std::string(net::name(parsed.error().code)) + ")";
  http::write_query(*parsed, request.query);
  if (const auto done = http::normalise_path(parsed->path, request.path); !done)
    return "the path is refused: " + std::string(net::explain(done.error().code));
  return {};
}

}  // namespace

Explanation explain(const Snapshot& snapshot, std::string_view method, std::string_view url) {
  Explanation result;
  std::string& text = result.text;
  const Url parts = split(url);
  http::RequestHead request;
  if (const std::string problem = build_request(parts, method, request); !problem.empty()) {
    text = "refused  " + problem + "\n";
    return result;
  }
  text += "path     " + request.path + (request.query.empty() ? "" : ", query " + request.query) + "\n";
  const std::string path = request.path;

  http::ConnectionInfo connection;
  connection.peer = "192.0.2.1";
  connection.tls = parts.scheme == "https";
  RequestContext context(connection, snapshot, {});
  const auto refusal = apply_request_policies(request, context);
  const std::string host(http::split_authority(request.authority).host);
  say_host(snapshot, host, text);
  if (context.route) say_route(*context.route, text);
  if (const HostRoutes* const group = snapshot.router.group(host))
    for (const Route& route : group->routes())
      if (&route != context.route) text += "not      " + describe(route) + ": " + why_lost(route, context.route, path) + "\n";
  if (refusal && refusal->status == 0)
    text += "answer   " + std::string(net::name(refusal->failure.code)) + ": " +
            std::string(net::explain(refusal->failure.code)) + "\n";
  else if (refusal)
    text += "answer   " + std::to_string(refusal->status) + " by the gateway itself\n";
  else
    say_forwarded(request, text);
  result.routed = context.route != nullptr;
  return result;
}

}  // namespace gw::proxy
