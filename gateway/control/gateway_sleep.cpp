// How sites fall asleep and are woken. Part of class Gateway.

#include <algorithm>
#include <boost/asio/post.hpp>

#include "gateway/control/gateway.hpp"
#include "gateway/control/traffic.hpp"

namespace gw::control {

using net::Task;

/// Every worker takes a change of the table.
Task<> Gateway::use_change(Change change) {
  if (prober_) prober_->follow(sites_.probes(), change.probes);
  const std::function<void(WorkerThread&)> use_new = [snapshot = sites_.snapshot(), change](WorkerThread& worker) {
    worker.use(snapshot, change);
  };
  co_await post_to_all(use_new);
}

// First every worker holds new requests and says whether the site is in use; only when nobody says so, and nobody has come
// meanwhile, it stays like that. A worker judges after it began to hold, on its own thread, so nothing can slip through between.
Task<Gateway::Quiesced> Gateway::quiesce(std::string id) {
  const auto site = sites_.site(id);
  if (!site) co_return Quiesced::unknown;
  if (site->state != proxy::SiteState::ready) co_return Quiesced::not_ready;
  const auto sleep = sites_.sleep_of(id);
  const auto turn = quiescing_[id] = ++quiesce_turns_;
  auto change = sites_.set_state(id, proxy::SiteState::sleeping);
  if (prober_) prober_->follow(sites_.probes(), change.probes);
  const auto busy = std::make_shared<bool>(false);
  const std::function<void(WorkerThread&)> hold = [this, busy, sleep, change, snapshot = sites_.snapshot(),
                                                   pulse = site->pulse](WorkerThread& worker) {
    worker.use(snapshot, change);
    if (worker.busy(*pulse, sleep.lately(), sleep.silent_sockets)) boost::asio::post(main_.context(), [busy] { *busy = true; });
  };
  co_await post_to_all(hold);
  // Something else was said of it meanwhile, and that counts.
  const auto ours = quiescing_.find(id);
  if (ours == quiescing_.end() || ours->second != turn) co_return Quiesced::busy;
  quiescing_.erase(ours);
  if (!*busy && site->pulse->rest() == proxy::Pulse::Rest::asleep) {
    idle_watch_.erase(id);
    co_return Quiesced::idle;
  }
  auto back = sites_.set_state(id, proxy::SiteState::ready);
  co_await use_change(std::move(back));
  co_return Quiesced::busy;
}

/// What was said of a site, or that it has gone. `changed`: it was not only said again.
void Gateway::follow_rest(const std::string& id, bool changed) {
  if (changed) quiescing_.erase(id);
  const auto site = sites_.site(id);
  if (!site || site->state != proxy::SiteState::sleeping) wanted_.erase(id);
  if (!site || site->state != proxy::SiteState::ready) return idle_watch_.erase(id);
  idle_watch_.put(id, site->pulse, sites_.sleep_of(id), net::Clock::now());
  if (const auto next = idle_watch_.next(); next && *next < idle_look_) idle_timer_.cancel();
}

/// Somebody wants a site that sleeps. While it only falls asleep, that keeps it awake (`quiesce`).
void Gateway::wake_asked(const std::string& id) {
  const auto site = sites_.site(id);
  if (!site || quiescing_.contains(id) || site->pulse->rest() != proxy::Pulse::Rest::asked) return;
  if (!wanted_.insert(id).second) return;
  ++wakes_asked_;
  events_.say(Events::wake_needed(id));
}

Task<> Gateway::tell_events(http::ClientSide& client) {
  std::string outstanding;
  for (const auto& site : wanted_) outstanding += Events::wake_needed(site);
  co_await events_.follow(client, std::move(outstanding));
}

// Coarse: several sites that are due together cost one turn.
Task<> Gateway::watch_idleness() {
  constexpr net::Duration coarse{50};
  constexpr net::Duration longest{3'600'000};
  for (;;) {
    const auto now = net::Clock::now();
    const auto next = idle_watch_.next().value_or(now + longest);
    const auto wait = std::clamp(std::chrono::ceil<net::Duration>(next - now), coarse, longest);
    idle_look_ = now + wait;
    co_await idle_timer_.wait(wait);
    for (const auto& word : idle_watch_.look(net::Clock::now()))
      events_.say(word.idle ? Events::idle(word.site, word.unused) : Events::busy(word.site));
  }
}

Task<boost::json::object> Gateway::traffic() {
  const auto tallies = std::make_shared<const Tallies>(tallies_of(sites_.upstreams()));
  const auto readings = std::make_shared<Readings>();
  const std::function<void(WorkerThread&)> ask = [this, readings, tallies](WorkerThread& worker) {
    boost::asio::post(main_.context(), [readings, tallies, report = worker.report(), counts = worker.counts(*tallies)] {
      read_worker(*readings, *tallies, report, counts);
    });
  };
  co_await post_to_all(ask);
  co_return traffic_of(sites_.sites(), readings->sites, net::Clock::now(), began_);
}

}  // namespace gw::control
