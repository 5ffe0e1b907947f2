#include "gateway/proxy/tunnels.hpp"

#include <algorithm>
#include <vector>

namespace gw::proxy {
namespace {

// Clients that are sent away come back at once; a thousand of them in one moment would be a storm that we have made.
constexpr net::Duration apart{10};
constexpr net::Duration longest_spread{2'000};

void end_in_turn(const std::vector<OpenTunnel*>& tunnels, net::Duration within) {
  const auto count = static_cast<net::Duration::rep>(tunnels.size());
  const auto spread = std::min(within, apart * count);
  for (net::Duration::rep i = 0; i != count; ++i) tunnels[static_cast<std::size_t>(i)]->end_in(spread * i / count);
}

}  // namespace

OpenTunnel::OpenTunnel(net::DeadlineWheel& wheel, Tunnels& tunnels, const Route& route, std::string_view endpoint)
    : tunnels_(tunnels), route_(route), endpoint_(endpoint), turn_(wheel, *this) {
  tunnels_.add(*this);
}

OpenTunnel::~OpenTunnel() { tunnels_.remove(*this); }

bool OpenTunnel::stands(const Router& router) const noexcept {
  const auto& group = router.written(route_.host);
  const Route* const now = group ? group->match(route_.path) : nullptr;
  if (now == nullptr || now->path != route_.path) return false;
  const auto& endpoints = now->upstream->endpoints;
  return std::any_of(endpoints.begin(), endpoints.end(), [this](const Endpoint& one) { return one.text == endpoint_; });
}

void OpenTunnel::end_in(net::Duration delay) noexcept {
  if (std::exchange(told_, true)) return;
  if (delay == net::Duration::zero()) return end();
  turn_.expires_in(delay);
}

void Tunnels::add(OpenTunnel& tunnel) {
  by_host_[tunnel.route().host].push_back(tunnel);
  ++size_;
  // Its handshake may have taken longer than its route lived. It is still being made: not now, but at the next tick.
  if (ending_ || !tunnel.stands(snapshot_->router)) tunnel.end_in(net::Duration(1));
}

void Tunnels::remove(OpenTunnel& tunnel) noexcept {
  const auto found = by_host_.find(tunnel.route().host);
  found->second.erase(found->second.iterator_to(tunnel));
  if (found->second.empty()) by_host_.erase(found);
  --size_;
}

void Tunnels::use(std::shared_ptr<const Snapshot> snapshot, std::span<const std::string> hosts) {
  snapshot_ = std::move(snapshot);
  if (size_ == 0) return;
  std::vector<OpenTunnel*> fallen;
  for (const auto& host : hosts) {
    const auto found = by_host_.find(host);
    if (found == by_host_.end()) continue;
    for (auto& tunnel : found->second)
      if (!tunnel.stands(snapshot_->router)) fallen.push_back(&tunnel);
  }
  end_in_turn(fallen, longest_spread);
}

void Tunnels::end_all(net::Duration within) {
  ending_ = true;
  std::vector<OpenTunnel*> all;
  for (auto& [host, tunnels] : by_host_)
    for (auto& tunnel : tunnels) all.push_back(&tunnel);
  end_in_turn(all, within);
}

}  // namespace gw::proxy
