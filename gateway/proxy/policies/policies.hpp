#pragma once
// The policies themselves, one file each; order.cpp says in which order they run and why.

#include <optional>
#include <string_view>

#include "gateway/proxy/context.hpp"

namespace gw::proxy::policies {

using http::RequestHead;
using http::ResponseHead;

// What is known about who asks.
std::optional<Refusal> identify_client(RequestHead&, RequestContext&);
std::optional<Refusal> take_request_id(RequestHead&, RequestContext&);
std::optional<Refusal> take_trace(RequestHead&, RequestContext&);

// What the gateway answers or refuses itself.
std::optional<Refusal> break_loop(RequestHead&, RequestContext&);
std::optional<Refusal> answer_options_asterisk(RequestHead&, RequestContext&);
std::optional<Refusal> count_max_forwards(RequestHead&, RequestContext&);
std::optional<Refusal> answer_index(RequestHead&, RequestContext&);
std::optional<Refusal> find_route(RequestHead&, RequestContext&);
std::optional<Refusal> require_ready_site(RequestHead&, RequestContext&);
std::optional<Refusal> heed_route(RequestHead&, RequestContext&);
std::optional<Refusal> limit_body(RequestHead&, RequestContext&);

// What the upstream is told.
std::optional<Refusal> strip_proxy_fields(RequestHead&, RequestContext&);
std::optional<Refusal> strip_claimed_identity(RequestHead&, RequestContext&);
std::optional<Refusal> set_forwarded(RequestHead&, RequestContext&);
std::optional<Refusal> strip_route_prefix(RequestHead&, RequestContext&);
std::optional<Refusal> add_via(RequestHead&, RequestContext&);

// What the client is told.
void rewrite_location(ResponseHead&, const RequestContext&);
void give_seat(ResponseHead&, const RequestContext&);
void set_site_fields(ResponseHead&, const RequestContext&);
void tell_timing(ResponseHead&, const RequestContext&);
void set_response_request_id(ResponseHead&, const RequestContext&);
void add_response_via(ResponseHead&, const RequestContext&);

}  // namespace gw::proxy::policies
