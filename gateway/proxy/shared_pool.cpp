#include "gateway/proxy/shared_pool.hpp"

#include <utility>

namespace gw::proxy {

SharedPool::SharedPool() = default;

SharedPool::~SharedPool() = default;

SharedPool::Shelf& SharedPool::shelf(std::string_view endpoint) {
  const auto found = shelves_.find(endpoint);
  return found != shelves_.end() ? found->second : shelves_.emplace(endpoint, Shelf{}).first->second;
}

std::unique_ptr<http::ClientConnection> SharedPool::take(std::string_view endpoint, const http::ClientTimeouts& timeouts) {
  const auto found = shelves_.find(endpoint);
  if (found == shelves_.end()) return nullptr;
  auto& connections = found->second.connections;
  std::erase_if(connections, [](const auto& one) { return one->over(); });
  for (const auto& one : connections)
    if (auto exchange = one->exchange(timeouts)) return exchange;
  return nullptr;
}

bool SharedPool::begin_connecting(std::string_view endpoint) {
  auto& connecting = shelf(endpoint).connecting;
  if (connecting) return false;
  connecting = std::make_shared<Connecting>();
  return true;
}

net::Task<net::Result<void>> SharedPool::wait(std::string_view endpoint) {
  const auto connecting = shelf(endpoint).connecting;
  if (!connecting) co_return net::Result<void>{};
  net::Waiter waiter;
  connecting->waiters.push_back(&waiter);
  co_await waiter.wait();
  if (connecting->failure) co_return *connecting->failure;
  co_return net::Result<void>{};
}

void SharedPool::connected(std::string_view endpoint, net::Result<std::shared_ptr<http::SharedConnection>> result) {
  auto& place = shelf(endpoint);
  const auto connecting = std::exchange(place.connecting, nullptr);
  if (result)
    place.connections.push_back(std::move(*result));
  else if (connecting)
    connecting->failure = result.error();
  if (!connecting) return;
  // Each may do anything, also come back here.
  for (auto* waiter : std::exchange(connecting->waiters, {})) waiter->notify();
}

void SharedPool::drop(std::string_view endpoint) {
  const auto found = shelves_.find(endpoint);
  if (found == shelves_.end()) return;
  for (const auto& one : found->second.connections) one->part();
  found->second.connections.clear();
  if (!found->second.connecting) shelves_.erase(found);
}

std::size_t SharedPool::size() const noexcept {
  std::size_t count = 0;
  for (const auto& [endpoint, shelf] : shelves_)
    for (const auto& one : shelf.connections) count += one->over() ? 0 : 1;
  return count;
}

}  // namespace gw::proxy
