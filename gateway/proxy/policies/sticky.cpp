#include "gateway/proxy/affinity.hpp"
#include "gateway/proxy/policies/policies.hpp"

namespace gw::proxy::policies {

// The cookie is for the paths of the route: another route of the host may have other endpoints and a cookie of the same name.
void give_seat(ResponseHead& response, const RequestContext& context) {
  if (context.new_seat == nullptr) return;
  const Route& route = *context.route;
  // Unless they are ports of the same containers. And a path with a semicolon cannot be said in a cookie (RFC 6265 §4.1.1).
  const bool everywhere = in_container(context.new_seat->text) || route.path.find(';') != std::string::npos;
  const std::string_view path = everywhere ? std::string_view("/") : std::string_view(route.path);
  response.fields.add(http::Name::set_cookie,
                      seat_cookie(route.upstream->balancing->sticky_cookie, context.new_seat->id, path, context.connection.tls));
}

}  // namespace gw::proxy::policies
