#include "gateway/proxy/shared_pool.hpp"

#include <optional>
#include <utility>

#include "gateway/net/waiter.hpp"

namespace gw::proxy {

/// A connection that is being made, and who waits for it.
struct SharedPool::Connecting {
  struct Waiting {
    net::Waiter waiter;
    bool gone = false;
  };

  /// Nobody is left who would use it.
  void reconsider() {
    if (first_is_gone && waiting.empty()) give_up.request();
  }

  net::Cancellation give_up;
  bool first_is_gone = false;  ///< he who connects; he goes on for the others
  std::vector<Waiting*> waiting;
  std::optional<net::Failure> failure;
};

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

net::Cancellation* SharedPool::begin_connecting(std::string_view endpoint, net::Cancellation& gone) {
  auto& connecting = shelf(endpoint).connecting;
  if (connecting) return nullptr;
  connecting = std::make_shared<Connecting>();
  gone.tell([one = connecting.get()] {
    one->first_is_gone = true;
    one->reconsider();
  });
  return &connecting->give_up;
}

net::Task<net::Result<void>> SharedPool::wait(net::Worker& worker, std::string_view endpoint, net::Cancellation& gone) {
  const auto connecting = shelf(endpoint).connecting;
  if (!connecting) co_return net::Result<void>{};
  Connecting::Waiting me;
  connecting->waiting.push_back(&me);
  gone.tell([&worker, &me, one = connecting.get()] {
    // Not found: he is told of the connection already, and sees for himself that he is not wanted any more.
    if (std::erase(one->waiting, &me) == 0) return;
    me.gone = true;
    one->reconsider();
    // Not inside his own event: what serves the client must not find itself at its end there.
    worker.post([&me] { me.waiter.notify(); });
  });
  co_await me.waiter.wait();
  gone.tell(nullptr);
  if (me.gone) co_return net::Failure{net::Code::cancelled, net::Side::client, net::Retry::never};
  if (connecting->failure) co_return *connecting->failure;
  co_return net::Result<void>{};
}

void SharedPool::connected(std::string_view endpoint, net::Result<std::shared_ptr<http::SharedConnection>> result) {
  auto& place = shelf(endpoint);
  const auto connecting = std::exchange(place.connecting, nullptr);
  if (result) place.connections.push_back(std::move(*result));
  if (!connecting) return;
  // What was given up for want of anybody is no failure of those who came since: one of them connects.
  if (!result && !connecting->give_up.requested()) connecting->failure = result.error();
  // Each may do anything, also come back here.
  for (auto* one : std::exchange(connecting->waiting, {})) one->waiter.notify();
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
