#include "gateway/proxy/forward.hpp"

#include "gateway/proxy/affinity.hpp"

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

http::ClientTimeouts patience(const RequestContext& context) noexcept {
  return {context.snapshot->timeouts.first_byte, context.snapshot->timeouts.body};
}

// One that is there already; null: none is.
Connection take(Forwarder with, const Endpoint& endpoint, const Upstream& upstream, const RequestContext& context,
                Pool::Certainty certainty) {
  if (upstream.protocol == config::Protocol::h2c) return with.shared.take(endpoint.text, patience(context));
  return with.pool.take(endpoint.text, certainty);
}

void count(Counters& counters, bool connected) noexcept { ++(connected ? counters.connects : counters.connect_failures); }

Task<Result<Connection>> connect(Forwarder with, const RequestContext& context, const Endpoint& endpoint,
                                 net::Cancellation& cancel) {
  auto stream = co_await net::connect(with.worker, endpoint.address, context.snapshot->timeouts.connect, with.dialer, &cancel);
  if (!cancel.requested()) count(with.counters, stream.has_value());
  if (!stream) co_return stream.error();
  co_return http::h1_client(std::move(*stream), patience(context));
}

// A share of a connection that somebody opens: whoever is first, for all who come meanwhile. He goes on when his own client has
// gone, until all of theirs have.
Task<Result<Connection>> connect_shared(Forwarder with, const RequestContext& context, const Endpoint& endpoint,
                                        net::Cancellation& gone) {
  const auto& timeouts = context.snapshot->timeouts;
  while (!gone.requested()) {
    if (auto exchange = with.shared.take(endpoint.text, patience(context))) co_return std::move(exchange);
    auto* const give_up = with.shared.begin_connecting(endpoint.text, gone);
    if (give_up == nullptr) {
      if (auto waited = co_await with.shared.wait(with.worker, endpoint.text, gone); !waited) co_return waited.error();
      continue;
    }
    auto stream = co_await net::connect(with.worker, endpoint.address, timeouts.connect, with.dialer, give_up);
    gone.tell(nullptr);
    if (!give_up->requested()) count(with.counters, stream.has_value());
    if (!stream) {
      with.shared.connected(endpoint.text, stream.error());
      co_return stream.error();
    }
    auto connection = http::h2_client(std::move(*stream), timeouts.upstream_idle);
    // Before the others have theirs: who connects is never left without.
    auto exchange = connection->exchange(patience(context));
    with.shared.connected(endpoint.text, std::move(connection));
    if (!exchange) co_return Failure{Code::saturated, Side::upstream, Retry::never};
    co_return std::move(exchange);
  }
  co_return Failure{Code::cancelled, Side::client, Retry::never};
}

// A new connection, given up when the client goes away meanwhile.
Task<Result<Connection>> open(Forwarder with, http::ClientSide& client, RequestContext& context, const Endpoint& endpoint,
                              Passage& passage) {
  const auto began = net::Clock::now();
  const bool shared = context.route->upstream->protocol == config::Protocol::h2c;
  net::Cancellation cancel;
  client.watch([&cancel] { cancel.request(); });
  auto opening = shared ? connect_shared(with, context, endpoint, cancel) : connect(with, context, endpoint, cancel);
  auto connection = co_await std::move(opening);
  client.watch(nullptr);
  context.phases.connecting += net::Clock::now() - began;
  passage.outcome.client_gone = passage.outcome.client_gone || cancel.requested();
  if (connection && cancel.requested()) co_return Failure{Code::cancelled, Side::client, Retry::never};
  co_return connection;
}

// What the exchange says about its endpoint. Nothing, when it was the client who left, or a connection that had grown old in the
// pool.
std::optional<Met> met(const Result<void>& result, const Outcome& outcome) noexcept {
  if (result) return outcome.status == 502 || outcome.status == 503 || outcome.status == 504 ? Met::broken : Met::answered;
  if (outcome.client_gone || result.error().side != Side::upstream) return std::nullopt;
  return Met::broken;
}

// Endpoints one after the other, as the balancer gives them, and a second try on the way where rule 45 allows it.
class Attempt {
 public:
  Attempt(Forwarder with, const Upstream& upstream, const http::RequestHead& request, RequestContext& context)
      : balancer_(with.balancer), upstream_(upstream), context_(context) {
    // With one endpoint there is nothing to choose by; but a seat that was given is not given again.
    if (upstream.endpoints.size() > 1 || upstream.balancing->balance == config::Balance::sticky)
      key_ = affinity(upstream, request, context);
  }

  const Endpoint* first(net::Clock::time_point now) { return seat(balancer_.next(upstream_, key_, now, lease_)); }

  const Endpoint* instead_of(const Endpoint& failed) {
    return seat(balancer_.instead_of(failed, upstream_, key_, net::Clock::now(), lease_));
  }

  void over(const Result<void>& result, const Outcome& outcome, const Endpoint& endpoint) {
    // One that is frozen does not answer, and is well.
    if (upstream_.endpoints.size() < 2 || context_.presence.asleep()) return;
    if (const auto what = met(result, outcome)) balancer_.met(*what, endpoint, upstream_, net::Clock::now());
  }

 private:
  const Endpoint* seat(const Endpoint* chosen) {
    if (chosen != nullptr && upstream_.balancing->balance == config::Balance::sticky)
      context_.new_seat = key_ == chosen->id ? nullptr : chosen;
    return chosen;
  }

  Balancer& balancer_;
  const Upstream& upstream_;
  RequestContext& context_;
  Balancer::Key key_;
  Lease lease_;
};

// The way of nearly all requests, without a coroutine of its own: nothing is limited, or the Space has a place.
bool admitted_at_once(const Upstream& upstream, Visit& of_site) noexcept {
  if (upstream.endpoint_gate) return false;
  if (!upstream.gate) return true;
  if (!upstream.gate->enter_at_once(upstream.limits.max_in_flight)) return false;
  of_site.began(*upstream.gate);
  return true;
}

Failure no_endpoint(const Upstream& upstream) noexcept {
  return {upstream.endpoints.empty() ? Code::no_endpoint : Code::saturated, Side::gateway, Retry::never};
}

// A place behind one gate, waited for as long as the limits let it since `began`; `queued` grows by the wait.
Task<Result<void>> enter(Forwarder with, http::ClientSide& client, Gate& gate, Gate::Most most, const config::Limits& limits,
                         net::Clock::time_point began, net::Clock::duration& queued, Visit& visit) {
  switch (gate.enter(most(), limits.queue_length)) {
    case Admission::Entry::in:
      break;
    case Admission::Entry::waits: {
      const auto in = co_await gate.wait(with.worker, with.balancer.worker(), client, most, began + limits.queue_deadline);
      queued = net::Clock::now() - began;
      if (!in) co_return in;
      break;
    }
    case Admission::Entry::full:
      co_return Failure{Code::saturated, Side::gateway, Retry::never};
  }
  visit.began(gate);
  co_return Result<void>{};
}

// The places that a request holds while it is on its way: one of the Space, and one of those that the endpoints have together. In
// this order, so that a Space that has its share never stands before the endpoints of another.
Task<Result<void>> admit(Forwarder with, http::ClientSide& client, const Upstream& upstream, net::Clock::duration& queued,
                         Visit& of_site, Visit& of_endpoints) {
  const auto& limits = upstream.limits;
  const auto began = net::Clock::now();
  if (upstream.gate) {
    const Gate::Most most = [&limits] { return limits.max_in_flight; };
    if (auto in = co_await enter(with, client, *upstream.gate, most, limits, began, queued, of_site); !in) co_return in;
  }
  if (upstream.endpoint_gate) {
    const Gate::Most most = [&with, &upstream] { return with.balancer.room(upstream, net::Clock::now()); };
    auto in = co_await enter(with, client, *upstream.endpoint_gate, most, limits, began, queued, of_endpoints);
    if (!in) co_return in;
  }
  co_return Result<void>{};
}

}  // namespace

Task<Result<void>> forward(Forwarder with, http::ClientSide& client, const http::RequestHead& request, RequestContext& context,
                           Passage& passage) {
  const Upstream& upstream = *context.route->upstream;
  // A stale pooled connection is tried past once, at the same endpoint, and a dead endpoint once, at another; more would only
  // multiply the load.
  bool pooled = true;
  bool moved_on = false;
  Visit of_site;
  Visit of_endpoints;
  auto now = context.began;
  if (!admitted_at_once(upstream, of_site)) {
    auto admitted = co_await admit(with, client, upstream, context.phases.queued, of_site, of_endpoints);
    if (!admitted) {
      passage.outcome.client_gone = admitted.error().side == Side::client;
      co_return admitted;
    }
    now = net::Clock::now();
  }
  Attempt attempt(with, upstream, request, context);
  const Endpoint* endpoint = attempt.first(now);
  if (endpoint == nullptr) co_return no_endpoint(upstream);
  const bool repeatable = idempotent(request) && !request.body.expected() && request.tunnel == http::Tunnel::none;
  const auto certainty = repeatable ? Pool::Certainty::loop : Pool::Certainty::kernel;
  for (;;) {
    context.endpoint = passage.endpoint = endpoint->text;
    auto connection = pooled ? take(with, *endpoint, upstream, context, certainty) : nullptr;
    const bool reused = connection != nullptr;
    if (reused) {
      ++with.counters.reused;
    } else {
      auto opened = co_await open(with, client, context, *endpoint, passage);
      if (!opened) {
        endpoint = moved_on || passage.outcome.client_gone ? nullptr : attempt.instead_of(*endpoint);
        if (endpoint == nullptr) co_return opened.error();
        moved_on = true;
        ++with.counters.retries;
        continue;
      }
      connection = std::move(*opened);
    }
    auto result = co_await relay(with.worker, client, connection->exchange(), request, context, passage.outcome);
    if (result && connection->reusable())
      with.pool.keep(endpoint->text, std::move(connection), context.snapshot->timeouts.upstream_idle);
    if (!result && pooled && again(result.error(), request, passage.outcome, reused)) {
      pooled = false;
      ++with.counters.retries;
      continue;
    }
    attempt.over(result, passage.outcome, *endpoint);
    co_return result;
  }
}

}  // namespace gw::proxy
