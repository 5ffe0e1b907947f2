#include "gateway/proxy/balancer.hpp"

#include <algorithm>
#include <cmath>

#include "gateway/proxy/affinity.hpp"

namespace gw::proxy {

const Endpoint* Balancer::next(const Upstream& upstream, const Key& key, Time now, Lease& lease) {
  // The way of most requests: one endpoint, and nothing to count there.
  if (upstream.endpoints.size() == 1)
    return lease.begin(upstream.endpoints.front(), worker_) ? &upstream.endpoints.front() : nullptr;
  if (upstream.retries) upstream.retries->earn(worker_);
  return choose(upstream, key, now, lease, nullptr);
}

const Endpoint* Balancer::instead_of(const Endpoint& failed, const Upstream& upstream, const Key& key, Time now, Lease& lease) {
  lease.end();
  if (upstream.endpoints.size() < 2) return nullptr;
  met(Met::unreachable, failed, upstream, now);
  if (upstream.retries && !upstream.retries->spend(worker_)) {
    ++unaffordable_;
    return nullptr;
  }
  return choose(upstream, key, now, lease, &failed);
}

void Balancer::met(Met what, const Endpoint& endpoint, const Upstream& upstream, Time now) noexcept {
  if (endpoint.state && upstream.endpoints.size() > 1)
    endpoint.state->at(worker_).health.met(what, upstream.balancing->health, now);
}

const Endpoint* Balancer::choose(const Upstream& upstream, const Key& key, Time now, Lease& lease, const Endpoint* avoid) {
  // Another worker may take the last place of an endpoint between our look at it and our step: then we look again.
  for (std::size_t tries = 0; tries <= upstream.endpoints.size(); ++tries) {
    collect(upstream, now, avoid);
    const Endpoint* const chosen = pick(upstream, key);
    if (chosen == nullptr || lease.begin(*chosen, worker_)) return chosen;
  }
  return nullptr;
}

bool Balancer::all_out(const Upstream& upstream, Time now) noexcept {
  return std::all_of(upstream.endpoints.begin(), upstream.endpoints.end(),
                     [&](const Endpoint& one) { return share(one, upstream, now) == 0; });
}

void Balancer::collect(const Upstream& upstream, Time now, const Endpoint* avoid) {
  candidates_.clear();
  // When all of them are out, each may be the first to be back: to pass over all would turn doubt into certain failure.
  const bool panic = all_out(upstream, now);
  const Endpoint* avoided = nullptr;
  for (const Endpoint& one : upstream.endpoints) {
    const unsigned part = panic ? Health::whole_share : share(one, upstream, now);
    if (part == 0) continue;
    if (one.max_in_flight != 0 && one.state && one.state->full(one.max_in_flight)) continue;
    if (&one == avoid)
      avoided = avoid;
    else
      candidates_.push_back({&one, std::uint64_t{one.weight} * part});
  }
  if (candidates_.empty() && avoided != nullptr) candidates_.push_back({avoided, 1});
}

const Endpoint* Balancer::pick(const Upstream& upstream, const Key& key) {
  if (candidates_.empty()) return nullptr;
  if (candidates_.size() == 1) return candidates_.front().endpoint;
  switch (upstream.balancing->balance) {
    case config::Balance::round_robin:
      return in_turn();
    case config::Balance::hash:
      if (key) return by_hash(*key);
      break;
    case config::Balance::sticky:
      for (const Candidate& one : candidates_)
        if (key == one.endpoint->id) return one.endpoint;
      break;
    case config::Balance::two_choices:
      break;
  }
  return two_choices();
}

// The less loaded of two: nearly as good as the least loaded of all, and many gateways or workers that do not know of each
// other's requests do not all run to the same endpoint (Mitzenmacher, "The Power of Two Choices", 2001).
const Endpoint* Balancer::two_choices() {
  std::uint64_t total = 0;
  for (const Candidate& one : candidates_) total += one.weight;
  const auto first = draw(total, candidates_.size());
  const auto second = draw(total - candidates_[first].weight, first);
  const Candidate& a = candidates_[first];
  const Candidate& b = candidates_[second];
  return load(*b.endpoint) * a.weight < load(*a.endpoint) * b.weight ? b.endpoint : a.endpoint;
}

std::size_t Balancer::draw(std::uint64_t total, std::size_t without) noexcept {
  std::uint64_t left = random() % total;
  std::size_t last = 0;
  for (std::size_t i = 0; i != candidates_.size(); ++i) {
    if (i == without) continue;
    last = i;
    if (left < candidates_[i].weight) break;
    left -= candidates_[i].weight;
  }
  return last;
}

// Smooth: with weights 3 and 1 it is aaba, not aaab, as in nginx's ngx_http_upstream_round_robin.
const Endpoint* Balancer::in_turn() {
  const Endpoint* best = nullptr;
  std::int64_t total = 0;
  std::int64_t most = 0;
  for (const Candidate& one : candidates_) {
    if (!one.endpoint->state) return two_choices();
    auto& turn = one.endpoint->state->at(worker_).turn;
    turn += static_cast<std::int64_t>(one.weight);
    total += static_cast<std::int64_t>(one.weight);
    if (best != nullptr && turn <= most) continue;
    best = one.endpoint;
    most = turn;
  }
  best->state->at(worker_).turn -= total;
  return best;
}

// Rendezvous hashing (Thaler and Ravishankar, 1998), weighted: the highest score wins. An endpoint that goes takes only its own
// keys along, and one that comes takes only what is its share: without a ring to keep.
const Endpoint* Balancer::by_hash(std::uint64_t key) const noexcept {
  const Endpoint* best = nullptr;
  double highest = 0;
  for (const Candidate& one : candidates_) {
    // In (0, 1): 53 bits of the hash, in the middle of their step.
    const double drawn = (static_cast<double>(mix(key, one.endpoint->id) >> 11) + 0.5) * 0x1p-53;
    const double score = static_cast<double>(one.weight) / -std::log(drawn);
    if (best != nullptr && score <= highest) continue;
    best = one.endpoint;
    highest = score;
  }
  return best;
}

unsigned Balancer::room(const Upstream& upstream, Time now) noexcept {
  const bool panic = all_out(upstream, now);
  std::uint64_t sum = 0;
  for (const Endpoint& one : upstream.endpoints) {
    if (!panic && share(one, upstream, now) == 0) continue;
    if (one.max_in_flight == 0) return no_limit;
    sum += one.max_in_flight;
  }
  return static_cast<unsigned>(std::min<std::uint64_t>(sum, no_limit));
}

unsigned Balancer::share(const Endpoint& endpoint, const Upstream& upstream, Time now) noexcept {
  return endpoint.state ? endpoint.state->at(worker_).health.share(upstream.balancing->health, now) : Health::whole_share;
}

std::uint64_t Balancer::load(const Endpoint& endpoint) const noexcept {
  return endpoint.state ? endpoint.state->at(worker_).in_flight.load(std::memory_order_relaxed) : 0;
}

// xorshift64* (Marsaglia; Vigna): any generator is good enough here, and this one is two lines.
std::uint64_t Balancer::random() noexcept {
  random_ ^= random_ >> 12;
  random_ ^= random_ << 25;
  random_ ^= random_ >> 27;
  return (random_ * 0x2545f4914f6cdd1d) >> 16;
}

}  // namespace gw::proxy
