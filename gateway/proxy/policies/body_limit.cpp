#include "gateway/proxy/policies/policies.hpp"

namespace gw::proxy::policies {

// Rule 43: a stated length over the limit is refused before an endpoint is connected. A body of unknown length is counted
// while it is relayed.
std::optional<Refusal> limit_body(RequestHead& request, RequestContext& context) {
  const std::uint64_t limit = context.route->max_body_bytes;
  if (limit == 0 || request.body.kind != http::BodySize::Kind::length || request.body.length <= limit) return std::nullopt;
  return refuse(net::Code::body_too_large, net::Side::client);
}

}  // namespace gw::proxy::policies
