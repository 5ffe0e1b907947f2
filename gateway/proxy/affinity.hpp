#pragma once
// What ties a request to an endpoint: a hash of who asks, or a cookie of ours that names the endpoint.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/http/message.hpp"
#include "gateway/proxy/context.hpp"
#include "gateway/proxy/route.hpp"

namespace gw::proxy {

/// The same for the same bytes in every process and version: cookies outlive both.
std::uint64_t stable_hash(std::string_view bytes) noexcept;

/// What cookies and hashes know an endpoint by: a hash of its address as written. The ports of one container (`netns:ID@GENERATION:PORT`)
/// are one seat: who has a session in it has it behind all of its servers.
std::uint64_t seat_of(std::string_view address) noexcept;
/// Is it one of several ports of the same container?
bool in_container(std::string_view address) noexcept;

/// Spreads two numbers over all bits.
std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept;

/// What the request is tied by: with `hash` a number to choose by, with `sticky` the `id` of an endpoint. Nothing: it is free.
std::optional<std::uint64_t> affinity(const Upstream& upstream, const http::RequestHead& request,
                                      const RequestContext& context) noexcept;

/// The value of the cookie of that name; nothing when there is none.
std::optional<std::string_view> cookie(const http::RequestHead& request, std::string_view name) noexcept;

/// The Set-Cookie that ties a client to the endpoint with this `id`. A session cookie: it says nothing about who has it.
std::string seat_cookie(std::string_view name, std::uint64_t id, std::string_view path, bool secure);

}  // namespace gw::proxy
