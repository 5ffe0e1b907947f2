#include "gateway/proxy/handle.hpp"

#include <boost/smart_ptr/make_local_shared.hpp>

#include "gateway/proxy/affinity.hpp"
#include "gateway/proxy/failure_page.hpp"
#include "gateway/proxy/policies/order.hpp"
#include "gateway/proxy/request_id.hpp"

namespace gw::proxy {
namespace {

using net::Clock;
using net::Task;

AccessRecord::Span micros(Clock::duration duration) noexcept {
  return std::chrono::duration_cast<AccessRecord::Span>(duration);
}

std::shared_ptr<const WakeLine> or_dead(std::shared_ptr<const WakeLine> line) {
  return line ? std::move(line) : std::make_shared<const WakeLine>([](const std::string&) {});
}

}  // namespace

Proxy::InForce Proxy::keep(std::shared_ptr<const Snapshot> snapshot) {
  return boost::make_local_shared<const std::shared_ptr<const Snapshot>>(std::move(snapshot));
}

Proxy::Proxy(net::Worker& worker, net::ContainerDialer* dialer, std::shared_ptr<const Snapshot> snapshot, int access_log,
             std::size_t index, std::shared_ptr<const WakeLine> line)
    : worker_(worker),
      dialer_(dialer),
      line_(or_dead(std::move(line))),
      snapshot_(keep(snapshot)),
      // Gateways that are started at the same moment must not all make the same choices.
      balancer_(index, mix(index, static_cast<std::uint64_t>(Clock::now().time_since_epoch().count()))),
      tunnels_(std::move(snapshot)),
      lobby_(worker),
      access_log_(access_log) {}

void Proxy::use(std::shared_ptr<const Snapshot> snapshot, std::span<const std::string> vanished,
                std::span<const std::string> hosts) {
  snapshot_ = keep(snapshot);
  for (const auto& endpoint : vanished) {
    pool_.drop(endpoint);
    shared_.drop(endpoint);
  }
  lobby_.use(snapshot->router, *line_);
  tunnels_.use(std::move(snapshot), hosts);
}

Counters Proxy::counters() const noexcept {
  auto now = counters_;
  now.held = lobby_.size();
  now.pooled = pool_.size() + shared_.size();
  now.retries_refused = balancer_.unaffordable();
  now.dropped_log_lines = access_log_.dropped_lines();
  return now;
}

Task<> Proxy::handle(http::ClientSide& client, http::RequestHead& request, const http::ConnectionInfo& connection) {
  auto in_force = snapshot_;
  RequestContext context(connection, **in_force, Clock::now());
  context.tunnels = &tunnels_;
  Passage passage;
  ++counters_.requests;
  ++counters_.in_flight;
  auto refusal = apply_request_policies(request, context);
  if (refusal && refusal->asleep) refusal = co_await hold(client, request, context, in_force);
  net::Failure failure{};
  bool failed = false;
  if (!refusal && context.route->site) context.presence.begin(*context.route->site, index(), *line_);
  if (refusal) {
    failed = refusal->status == 0;
    failure = refusal->failure;
    co_await answer(client, request, context, *refusal, passage.outcome);
  } else if (auto done =
                 co_await forward({worker_, dialer_, pool_, shared_, balancer_, counters_}, client, request, context, passage);
             !done) {
    failed = true;
    failure = done.error();
    if (passage.outcome.status == 0 && !passage.outcome.client_gone) {
      co_await answer(client, request, context, Refusal{failure, 0}, passage.outcome);
    }
  }
  --counters_.in_flight;
  over(request, context, passage, failed ? std::optional(failure.code) : std::nullopt);
}

Task<> Proxy::answer(http::ClientSide& client, const http::RequestHead& request, const RequestContext& context,
                     const Refusal& refusal, Outcome& outcome) {
  if (refusal.status == 0 && status_of(refusal.failure) == client_gone) {
    outcome.client_gone = true;
    client.abort();
    co_return;
  }
  const auto page = failure_page(refusal, request, context);
  outcome.status = page.head.status;
  outcome.bytes_out = page.body.size();
  if (auto ok = co_await client.write_head(page.head, {page.body, true, nullptr}); ok) co_return;
  outcome.client_gone = true;
  client.abort();
}

Task<> Proxy::refuse(http::ClientSide& client, const http::RequestHead& request, const http::ConnectionInfo& connection,
                     net::Failure failure) {
  const auto in_force = snapshot_;
  RequestContext context(connection, **in_force, Clock::now());
  make_request_id(context.request_id);
  context.client = connection.peer;
  ++counters_.requests;
  Passage passage;
  const auto page = failure_page(failure, request, context.request_id);
  passage.outcome.status = page.head.status;
  passage.outcome.bytes_out = page.body.size();
  if (auto ok = co_await client.write_head(page.head, {page.body, true, nullptr}); !ok) passage.outcome.client_gone = true;
  over(request, context, passage, failure.code);
}

void Proxy::over(const http::RequestHead& request, RequestContext& context, const Passage& passage,
                 std::optional<net::Code> cause) {
  const auto now = Clock::now();
  context.presence.end(now);
  const auto& outcome = passage.outcome;
  Ended ended;
  ended.status = outcome.client_gone && outcome.status == 0 ? client_gone : outcome.status;
  ended.cause = cause;
  ended.took = now - context.began;
  ended.tunnel = outcome.tunnel;
  ended.bytes_in = outcome.bytes_in;
  ended.bytes_out = outcome.bytes_out;
  if (cause) ++counters_.failures;
  // A name that nobody routes is a client's invention: it must not make a series of its own.
  auto* const tally = context.route != nullptr ? context.route->upstream->tally.get() : nullptr;
  (tally != nullptr ? tally->at(index()) : unrouted_).ended(ended);
  if (access_log_.enabled()) log(request, context, passage, ended);
}

void Proxy::log(const http::RequestHead& request, const RequestContext& context, const Passage& passage, const Ended& ended) {
  const auto& phases = context.phases;
  AccessRecord record;
  record.time = std::chrono::system_clock::now();
  record.client = context.client;
  record.host = request.authority;
  record.method = request.method;
  record.path = request.path;
  record.status = ended.status;
  if (ended.cause) record.cause = net::name(*ended.cause);
  record.bytes_in = ended.bytes_in;
  record.bytes_out = ended.bytes_out;
  record.total = micros(ended.took);
  if (!passage.endpoint.empty()) record.connect = micros(phases.connecting);
  if (phases.held != Clock::duration{}) record.held = micros(phases.held);
  if (phases.queued != Clock::duration{}) record.queue = micros(phases.queued);
  if (phases.sent != Clock::time_point{}) {
    record.wait = micros(phases.sent - context.began - phases.connecting);
    if (phases.first_byte != Clock::time_point{}) record.first_byte = micros(phases.first_byte - phases.sent);
  }
  record.endpoint = passage.endpoint;
  if (context.route != nullptr && context.route->site) record.site = context.route->site->id;
  record.request_id = context.request_id;
  record.trace_id = context.trace_id;
  record.protocol = http::name(request.version);
  record.tls = context.connection.tls_version;
  record.user_agent = request.fields.find(http::Name::user_agent).value_or(std::string_view{});
  if (ended.tunnel) record.tunnel = "websocket";
  access_log_.write(record);
}

}  // namespace gw::proxy
