#include "gateway/http/target.hpp"
#include "gateway/proxy/policies/policies.hpp"

namespace gw::proxy::policies {

// Rule 28: what is left is normalised again and begins with exactly one slash. The app learns what was taken away, so
// that it can build links; a trusted proxy in front of us may have taken something away before.
std::optional<Refusal> strip_route_prefix(RequestHead& request, RequestContext& context) {
  const Route& route = *context.route;
  if (!route.strip_prefix || route.path == "/") return std::nullopt;
  if (const auto stripped = http::strip_prefix(request.path, route.path); !stripped)
    return refuse(stripped.error().code, net::Side::client);
  std::string prefix(request.fields.find(http::Name::x_forwarded_prefix).value_or(""));
  while (!prefix.empty() && prefix.back() == '/') prefix.pop_back();
  prefix += route.path;
  request.fields.set(http::Name::x_forwarded_prefix, prefix);
  return std::nullopt;
}

}  // namespace gw::proxy::policies
