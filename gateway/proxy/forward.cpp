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

class Forwarding {
 public:
  Forwarding(Forwarder with, http::ClientSide& client, const http::RequestHead& request, const RequestContext& context,
             Passage& passage)
      : with_(with), client_(client), request_(request), context_(context), passage_(passage) {}

  Task<Result<void>> run() {
    const Upstream& upstream = *context_.route->upstream;
    // A stale pooled connection is tried past once, a dead endpoint likewise; a third try would only multiply the load.
    bool pooled = true;
    for (int attempt = 0;; ++attempt) {
      const Endpoint* endpoint = with_.balancer.next(upstream);
      if (endpoint == nullptr) co_return Failure{Code::no_endpoint, Side::gateway, Retry::never};
      passage_.endpoint = endpoint->text;
      auto connection = pooled ? with_.pool.take(endpoint->text) : nullptr;
      const bool reused = connection != nullptr;
      Result<void> result;
      if (!reused) {
        auto opened = co_await open(*endpoint);
        if (opened) {
          connection = std::move(*opened);
        } else {
          result = opened.error();
          if (attempt != 0 || upstream.endpoints.size() < 2) co_return result;
          continue;
        }
      }
      result = co_await once(*endpoint, std::move(connection));
      if (result || attempt != 0 || !again(result.error(), request_, passage_.outcome, reused)) co_return result;
      pooled = false;
    }
  }

 private:
  Task<Result<std::unique_ptr<http::ClientConnection>>> open(const Endpoint& endpoint) {
    const auto& timeouts = context_.snapshot.timeouts;
    const auto began = net::Clock::now();
    bool gone = false;
    client_.watch([&gone] { gone = true; });
    auto stream = co_await net::connect(with_.worker, endpoint.address, timeouts.connect, with_.dialer);
    client_.watch(nullptr);
    passage_.connecting += net::Clock::now() - began;
    passage_.outcome.client_gone = passage_.outcome.client_gone || gone;
    if (!stream) co_return stream.error();
    if (gone) co_return Failure{Code::cancelled, Side::client, Retry::never};
    co_return http::h1_client(std::move(*stream), {timeouts.first_byte, timeouts.body});
  }

  Task<Result<void>> once(const Endpoint& endpoint, std::unique_ptr<http::ClientConnection> connection) {
    auto result = co_await relay(with_.worker, client_, connection->exchange(), request_, context_, passage_.outcome);
    if (result && connection->reusable())
      with_.pool.keep(endpoint.text, std::move(connection), context_.snapshot.timeouts.upstream_idle);
    co_return result;
  }

  Forwarder with_;
  http::ClientSide& client_;
  const http::RequestHead& request_;
  const RequestContext& context_;
  Passage& passage_;
};

}  // namespace

Task<Result<void>> forward(Forwarder with, http::ClientSide& client, const http::RequestHead& request,
                           const RequestContext& context, Passage& passage) {
  Forwarding forwarding(with, client, request, context, passage);
  co_return co_await forwarding.run();
}

}  // namespace gw::proxy
