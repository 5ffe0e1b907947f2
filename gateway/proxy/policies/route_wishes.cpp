#include "gateway/http/target.hpp"
#include "gateway/proxy/policies/policies.hpp"

namespace gw::proxy::policies {

// What a route does not want although it matches. An app that decodes `%2F` before it looks at its own rules about paths would
// be walked around (rule 27); a WebSocket that is not wanted is an ordinary request, as with every other Upgrade (rule 34).
std::optional<Refusal> heed_route(RequestHead& request, RequestContext& context) {
  const Route& route = *context.route;
  if (route.refuse_escaped_slash && http::has_escaped_separator(request.path))
    return refuse(net::Code::bad_path, net::Side::client);
  if (!route.websocket && request.tunnel == http::Tunnel::websocket) {
    request.tunnel = http::Tunnel::none;
    request.protocol.clear();
  }
  return std::nullopt;
}

}  // namespace gw::proxy::policies
