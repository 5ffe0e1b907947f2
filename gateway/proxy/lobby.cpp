#include "gateway/proxy/lobby.hpp"

#include <utility>
#include <vector>

namespace gw::proxy {

using net::Task;

Task<Lobby::End> Lobby::Guest::over(http::ClientSide& client, net::Clock::time_point end) {
  const auto left = std::chrono::ceil<net::Duration>(end - net::Clock::now());
  if (left.count() > 0)
    expires_in(left);
  else
    leave(End::late);
  client.watch([this] { leave(End::gone); });
  co_await waiter_.wait();
  clear();
  client.watch(nullptr);
  co_return *end_;
}

// Not inside the event that it is told by: what serves the client must not find itself at its end there, and who calls many must
// find them all.
void Lobby::Guest::stop(End how) noexcept {
  end_ = how;
  lobby_.worker_.post([this] { waiter_.notify(); });
}

void Lobby::Guest::leave(End how) noexcept {
  if (end_) return;
  lobby_.forget(*this);
  stop(how);
}

void Lobby::forget(Guest& guest) noexcept {
  const auto found = by_site_.find(guest.route().site->pulse.get());
  found->second.erase(found->second.iterator_to(guest));
  if (found->second.empty()) by_site_.erase(found);
  --size_;
}

Task<Lobby::End> Lobby::wait(http::ClientSide& client, const Route& route, net::Clock::time_point end) {
  Guest guest(*this, route);
  by_site_[route.site->pulse.get()].push_back(guest);
  ++size_;
  co_return co_await guest.over(client, end);
}

void Lobby::end_all(List guests, End how) {
  while (!guests.empty()) {
    auto& guest = guests.front();
    guests.pop_front();
    --size_;
    guest.stop(how);
  }
}

void Lobby::use(const Router& newest, const WakeLine& line) {
  for (auto at = by_site_.begin(); at != by_site_.end();) {
    const auto& group = newest.written(at->second.front().route().host);
    const Site* const site = group ? group->routes().front().site.get() : nullptr;
    if (site != nullptr && site->pulse.get() == at->first && at_rest(site->state)) {
      // Nothing, if that was done since it fell asleep.
      if (site->state == SiteState::sleeping) line.ask(*site);
      ++at;
      continue;
    }
    auto called = std::move(at->second);
    at = by_site_.erase(at);
    end_all(std::move(called), End::called);
  }
}

void Lobby::close() {
  closed_ = true;
  for (auto& [pulse, guests] : std::exchange(by_site_, {})) end_all(std::move(guests), End::closed);
}

}  // namespace gw::proxy
