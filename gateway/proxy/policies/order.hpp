#pragma once
// What is done to every request before it is forwarded and to every answer before it is relayed: one list each, and the
// order is data. A policy is a plain function on heads; none waits, locks or throws.

#include <optional>
#include <span>
#include <string_view>

#include "gateway/proxy/context.hpp"

namespace gw::proxy {

struct RequestPolicy {
  std::string_view name;
  std::string_view reason;  ///< why it stands where it stands
  std::optional<Refusal> (*apply)(http::RequestHead&, RequestContext&);
};

struct ResponsePolicy {
  std::string_view name;
  std::string_view reason;
  void (*apply)(http::ResponseHead&, const RequestContext&);
};

std::span<const RequestPolicy> request_policies() noexcept;
std::span<const ResponsePolicy> response_policies() noexcept;

/// Runs the request policies in order until one refuses. Afterwards `context.client` and `.request_id` are set in any case,
/// and `.route` is set when nothing is returned.
std::optional<Refusal> apply_request_policies(http::RequestHead& request, RequestContext& context);

/// Runs those from routing on once more: the configuration in force has changed since the site was found to sleep. `context` has
/// the new one.
std::optional<Refusal> route_again(http::RequestHead& request, RequestContext& context);

/// Runs all response policies on a final head.
void apply_response_policies(http::ResponseHead& response, const RequestContext& context);

}  // namespace gw::proxy
