#include "gateway/proxy/forward.hpp"

namespace gw::proxy {
namespace {

using net::Code;
using net::Failure;
using net::Result;
using net::Retry;
using net::Side;
using net::Task;

// Safe to send twice (RFC 9110 §9.2.2).
bool idempotent(const http::RequestHead& request) noexcept {
  const auto& method = request.method;
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "PUT" || method == "DELETE";
}

// May this request go out once more after `failure`? Never when the client has heard of an answer.
bool again(const Failure& failure, const http::RequestHead& request, const Outcome& outcome, bool reused) noexcept {
  if (outcome.status != 0 || outcome.client_gone || outcome.body_touched || failure.side != Side::upstream) return false;
  if (failure.retry == Retry::always) return true;
  return failure.retry == Retry::if_reused && reused && idempotent(request) && request.tunnel == http::Tunnel::none &&
         !request.body.expected();
}

using Connection = std::unique_ptr<http::ClientConnection>;

// A new connection, given up when the client goes away meanwhile.
Task<Result<Connection>> open(Forwarder with, http::ClientSide& client, const RequestContext& context, const Endpoint& endpoint,
                              Passage& passage) {
  const auto& timeouts = context.snapshot.timeouts;
  const auto began = net::Clock::now();
  bool gone = false;
  client.watch([&gone] { gone = true; });
  auto stream = co_await net::connect(with.worker, endpoint.address, timeouts.connect, with.dialer);
  client.watch(nullptr);
  passage.connecting += net::Clock::now() - began;
  passage.outcome.client_gone = passage.outcome.client_gone || gone;
  if (!stream) co_return stream.error();
  if (gone) co_return Failure{Code::cancelled, Side::client, Retry::never};
  co_return http::h1_client(std::move(*stream), {timeouts.first_byte, timeouts.body});
}

}  // namespace

Task<Result<void>> forward(Forwarder with, http::ClientSide& client, const http::RequestHead& request,
                           const RequestContext& context, Passage& passage) {
  const Upstream& upstream = *context.route->upstream;
  // A stale pooled connection is tried past once, at the same endpoint, and a dead endpoint once, at another; more would only
  // multiply the load.
  bool pooled = true;
  bool moved_on = false;
  const Endpoint* endpoint = with.balancer.next(upstream);
  const bool repeatable = idempotent(request) && !request.body.expected() && request.tunnel == http::Tunnel::none;
  const auto certainty = repeatable ? Pool::Certainty::loop : Pool::Certainty::kernel;
  for (;;) {
    if (endpoint == nullptr) co_return Failure{Code::no_endpoint, Side::gateway, Retry::never};
    passage.endpoint = endpoint->text;
    auto connection = pooled ? with.pool.take(endpoint->text, certainty) : nullptr;
    const bool reused = connection != nullptr;
    if (!reused) {
      auto opened = co_await open(with, client, context, *endpoint, passage);
      if (!opened) {
        const Endpoint* const failed = endpoint;
        endpoint = moved_on || passage.outcome.client_gone ? nullptr : with.balancer.instead_of(*failed, upstream);
        if (endpoint == nullptr) co_return opened.error();
        moved_on = true;
        continue;
      }
      connection = std::move(*opened);
    }
    auto result = co_await relay(with.worker, client, connection->exchange(), request, context, passage.outcome);
    if (result && connection->reusable())
      with.pool.keep(endpoint->text, std::move(connection), context.snapshot.timeouts.upstream_idle);
    if (result || !pooled || !again(result.error(), request, passage.outcome, reused)) co_return result;
    pooled = false;
  }
}

}  // namespace gw::proxy
