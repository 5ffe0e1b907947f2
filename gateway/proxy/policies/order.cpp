#include "gateway/proxy/policies/order.hpp"

#include <algorithm>
#include <array>

#include "gateway/proxy/policies/policies.hpp"

namespace gw::proxy {

namespace {

constexpr auto request_order = std::to_array<RequestPolicy>({
    {"client identity", "first: every log line, also of a refusal, names the client", policies::identify_client},
    {"request id", "before anything can refuse: every failure page names the request", policies::take_request_id},
    {"trace", "beside the request id: a line of a refusal names its trace too", policies::take_trace},
    {"loop guard", "before routing: a loop must cost as little as possible", policies::break_loop},
    {"options *", "asks the gateway itself; `*` is no path that could be routed", policies::answer_options_asterisk},
    {"max-forwards", "the last hop may be us, whatever the route says", policies::count_max_forwards},
    {"index", "before routing: the domain itself is no Space, unless somebody routes it", policies::answer_index},
    {"routing", "everything below asks the route", policies::find_route},
    {"site state", "a site that is not ready has no endpoint to count on; of what follows nothing is done twice (route_again)",
     policies::require_ready_site},
    {"route's wishes", "on the path as it was matched, before a prefix is taken off (rules 27 and 34)", policies::heed_route},
    {"body limit", "before an endpoint is connected (rule 43)", policies::limit_body},
    {"proxy fields", "httpoxy and credentials meant for us (rule 32)", policies::strip_proxy_fields},
    {"claimed identity", "before we set our own: only ours may arrive (rule 70)", policies::strip_claimed_identity},
    {"forwarded", "after the claims are gone, and before the prefix is: it tells the original authority",
     policies::set_forwarded},
    {"strip prefix", "after routing matched the whole path (rule 28)", policies::strip_route_prefix},
    {"via", "last: it vouches for what is sent (rule 33)", policies::add_via},
});

constexpr auto response_order = std::to_array<ResponsePolicy>({
    {"location", "first: the app speaks of paths without the prefix that we took away", policies::rewrite_location},
    {"seat", "before the site's fields, which may speak of cookies too", policies::give_seat},
    {"site fields", "after our rewriting, so that the owner of the site has the last word", policies::set_site_fields},
    {"timing", "after the site's fields, which may take the app's own away, not ours", policies::tell_timing},
    {"request id", "after the site's fields: nobody may forge ours", policies::set_response_request_id},
    {"via", "last, as in requests (RFC 9110 §7.6.3)", policies::add_response_via},
});

}  // namespace

std::span<const RequestPolicy> request_policies() noexcept { return request_order; }
std::span<const ResponsePolicy> response_policies() noexcept { return response_order; }

std::optional<Refusal> apply_request_policies(http::RequestHead& request, RequestContext& context) {
  for (const RequestPolicy& policy : request_order)
    if (auto refusal = policy.apply(request, context)) return refusal;
  return std::nullopt;
}

// What stands before routing is done: it asked about the client, and has been answered.
std::optional<Refusal> route_again(http::RequestHead& request, RequestContext& context) {
  // Not constexpr: under AddressSanitizer GCC 12 does not take the addresses of functions for constants.
  const auto routing = std::find_if(request_order.begin(), request_order.end(),
                                    [](const RequestPolicy& policy) { return policy.apply == policies::find_route; });
  for (auto policy = routing; policy != request_order.end(); ++policy)
    if (auto refusal = policy->apply(request, context)) return refusal;
  return std::nullopt;
}

void apply_response_policies(http::ResponseHead& response, const RequestContext& context) {
  for (const ResponsePolicy& policy : response_order) policy.apply(response, context);
}

}  // namespace gw::proxy
