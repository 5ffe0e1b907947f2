#include "gateway/net/door.hpp"

namespace gw::net {

bool Place::claim(ClientKey client) noexcept {
  if (door_ == nullptr || client == ClientKey::nobody) return true;
  auto& limits = door_->limits_;
  auto* const shares = limits.shares();
  if (shares == nullptr) return true;
  const auto spot = shares->spot(client);
  if (!limits.claim(*shares, spot, client)) return false;
  spot_ = spot;
  return true;
}

void Place::leave() noexcept {
  if (door_ == nullptr) return;
  auto& limits = std::exchange(door_, nullptr)->limits_;
  if (spot_) limits.shares()->leave(*spot_);
  limits.leave();
}

Door::Door(Worker& worker, ConnectionLimits& limits) : worker_(worker), limits_(limits) { limits_.doors_.push_back(this); }

Door::~Door() { std::erase(limits_.doors_, this); }

void Door::wait(Waiting& who) {
  waiting_.push_back(&who);
  anybody_.store(true);
  // Places may have come free before we could be seen to wait.
  limits_.reconsider();
  if (!limits_.shut_.load()) worker_.post([this] { open(); });
}

void Door::open() noexcept {
  anybody_.store(false);
  for (auto* const who : std::exchange(waiting_, {})) who->may_accept();
}

}  // namespace gw::net
