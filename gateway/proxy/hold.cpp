// What becomes of a request whose site sleeps. Part of class Proxy.

#include <algorithm>

#include "gateway/proxy/handle.hpp"
#include "gateway/proxy/manners.hpp"
#include "gateway/proxy/policies/order.hpp"

namespace gw::proxy {
namespace {

using net::Code;
using net::Task;

// How long somebody looks at a browser that shows nothing.
constexpr net::Duration soon{2'000};
// Of one site, over all workers.
constexpr unsigned most_held = 1024;

// Whoever would find neither a place nor one in the queue need not wait for that.
unsigned places(const config::Limits& limits) noexcept {
  if (limits.max_in_flight == 0) return most_held;
  return std::min(most_held, limits.max_in_flight + limits.queue_length);
}

net::Failure left() noexcept { return {Code::cancelled, net::Side::client, net::Retry::never}; }

}  // namespace

/// Waits until the site can be asked. What is then still to be said instead of its answer; nothing: forward it.
Task<std::optional<Refusal>> Proxy::hold(http::ClientSide& client, http::RequestHead& request, RequestContext& context,
                                         InForce& in_force) {
  const auto manners = manners_for(request);
  auto patience = context.snapshot->timeouts.wake;
  if (manners == Manners::hold_briefly) patience = std::min(patience, soon);
  for (;;) {
    const Site& site = *context.route->site;
    if (manners == Manners::let_sleep)
      co_return proxy::refuse(site.state == SiteState::sleeping ? Code::sleeping : Code::waking);
    if (!line_->answered() || lobby_.closed()) co_return proxy::refuse(Code::waking);
    if (!site.pulse->hold(places(context.route->upstream->limits))) co_return proxy::refuse(Code::saturated);
    if (site.state == SiteState::sleeping) line_->ask(site);
    const auto how = co_await wait_in_lobby(client, context, context.began + patience);
    site.pulse->let_go();
    if (how == Lobby::End::gone) co_return Refusal{left(), 0, false};
    if (how != Lobby::End::called) co_return proxy::refuse(Code::waking);
    in_force = snapshot_;
    context.snapshot = in_force->get();
    context.route = nullptr;
    auto refusal = route_again(request, context);
    if (!refusal || !refusal->asleep) co_return refusal;
  }
}

Task<Lobby::End> Proxy::wait_in_lobby(http::ClientSide& client, RequestContext& context, net::Clock::time_point end) {
  const auto began = net::Clock::now();
  const auto how = co_await lobby_.wait(client, *context.route, end);
  const auto took = net::Clock::now() - began;
  context.phases.held += took;
  ++counters_.held_before;
  counters_.held_microseconds +=
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(took).count());
  co_return how;
}

}  // namespace gw::proxy
