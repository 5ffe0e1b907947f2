#include <algorithm>

#include "gateway/http/characters.hpp"
#include "gateway/http/host.hpp"
#include "gateway/proxy/policies/policies.hpp"

namespace gw::proxy::policies {

namespace {

/// `<site>--<port>.<domain>` asks for a port of a site that answers at `<site>.<domain>`. When the site is there and this
/// name is not, the port is not exposed; that helps its owner more than "no route".
bool names_unexposed_port(const Router& router, std::string_view host) {
  const std::string_view label = host.substr(0, host.find('.'));
  const std::size_t dashes = label.rfind("--");
  if (dashes == std::string_view::npos || dashes == 0) return false;
  const std::string_view port = label.substr(dashes + 2);
  if (port.empty() || !std::all_of(port.begin(), port.end(), [](char c) { return http::is_digit(c); })) return false;
  std::string site(label.substr(0, dashes));
  site += host.substr(label.size());
  return router.written(site) != nullptr;
}

}  // namespace

// The domain that all Spaces are below has no app. It says what it is, and nothing of who is there.
std::optional<Refusal> answer_index(RequestHead& request, RequestContext& context) {
  const std::string& domain = context.snapshot->domain;
  if (domain.empty() || request.path != "/" || http::split_authority(request.authority).host != domain) return std::nullopt;
  if (context.snapshot->router.written(domain)) return std::nullopt;
  if (request.method != "GET" && request.method != "HEAD") return refuse(net::Code::method_not_allowed, net::Side::client);
  context.authority = request.authority;
  return answer(index_status);
}

std::optional<Refusal> find_route(RequestHead& request, RequestContext& context) {
  context.authority = request.authority;
  context.host = http::split_authority(request.authority).host;
  context.route = context.snapshot->router.match(context.host, request.path);
  if (context.route) return std::nullopt;
  const Router& router = context.snapshot->router;
  // Whoever has just started knows nobody yet: "nothing here" would be a lie, and one that caches and crawlers remember.
  const bool port = names_unexposed_port(router, context.host);
  if (!context.snapshot->complete && !port && !router.known_host(context.host)) return refuse(net::Code::waking);
  return refuse(port ? net::Code::not_routed_port : net::Code::no_route, net::Side::client);
}

std::optional<Refusal> require_ready_site(RequestHead&, RequestContext& context) {
  switch (context.route->site->state) {
    case SiteState::ready:
      break;
    case SiteState::building:
    case SiteState::starting:
      return refuse(net::Code::waking);
    case SiteState::sleeping:
      return asleep(net::Code::sleeping);
    case SiteState::waking:
      return asleep(net::Code::waking);
    case SiteState::paused:
      return refuse(net::Code::sleeping);
    case SiteState::failed:
      return refuse(net::Code::space_failed);
  }
  if (context.route->upstream->endpoints.empty()) return refuse(net::Code::no_endpoint);
  return std::nullopt;
}

}  // namespace gw::proxy::policies
