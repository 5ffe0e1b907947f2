#include "gateway/proxy/pool.hpp"

#include <algorithm>

namespace gw::proxy {

/// One idle connection: gone when its time is over or when anything arrives on it.
class Pool::Kept final : private net::Deadline {
 public:
  Kept(Pool& pool, net::DeadlineWheel& wheel) : net::Deadline(wheel), pool_(pool) {}

  void hold(Shelf& shelf, std::unique_ptr<http::ClientConnection> connection, net::Duration idle) {
    shelf_ = &shelf;
    connection_ = std::move(connection);
    expires_in(idle);
    connection_->exchange().watch([this] { pool_.remove(*this); });
  }

  std::unique_ptr<http::ClientConnection> release() {
    clear();
    connection_->exchange().watch(nullptr);
    return std::move(connection_);
  }

  Shelf& shelf() noexcept { return *shelf_; }

 private:
  void expired() noexcept override { pool_.remove(*this); }

  Pool& pool_;
  Shelf* shelf_ = nullptr;
  std::unique_ptr<http::ClientConnection> connection_;
};

Pool::Pool(std::size_t most_kept) : most_kept_(most_kept) {}
Pool::~Pool() = default;

std::unique_ptr<http::ClientConnection> Pool::take(std::string_view endpoint, Certainty certainty) {
  const auto found = shelves_.find(endpoint);
  while (found != shelves_.end() && !found->second.empty()) {
    auto kept = std::move(found->second.back());
    found->second.pop_back();
    --size_;
    auto connection = kept->release();
    spare_.push_back(std::move(kept));
    // What came since the loop last looked: on a connection that has ended, a request that must not be sent twice is lost.
    if (certainty == Certainty::loop || connection->stream().quiet()) return connection;
  }
  return nullptr;
}

void Pool::keep(std::string_view endpoint, std::unique_ptr<http::ClientConnection> connection, net::Duration idle) {
  auto found = shelves_.find(endpoint);
  if (found == shelves_.end()) found = shelves_.emplace(endpoint, Shelf{}).first;
  auto& shelf = found->second;
  if (shelf.size() >= most_kept_) return;
  std::unique_ptr<Kept> kept;
  if (spare_.empty()) {
    kept = std::make_unique<Kept>(*this, connection->stream().worker().deadlines());
  } else {
    kept = std::move(spare_.back());
    spare_.pop_back();
  }
  auto& held = *kept;
  shelf.push_back(std::move(kept));
  ++size_;
  // Last: what has arrived meanwhile takes it off the shelf again.
  held.hold(shelf, std::move(connection), idle);
}

void Pool::remove(Kept& kept) {
  auto& shelf = kept.shelf();
  const auto at = std::find_if(shelf.begin(), shelf.end(), [&](const auto& one) { return one.get() == &kept; });
  if (at == shelf.end()) return;
  const auto gone = std::move(*at);
  shelf.erase(at);
  --size_;
}

void Pool::drop(std::string_view endpoint) {
  const auto found = shelves_.find(endpoint);
  if (found == shelves_.end()) return;
  size_ -= found->second.size();
  const auto gone = std::move(found->second);
  shelves_.erase(found);
}

void Pool::clear() {
  size_ = 0;
  const auto gone = std::move(shelves_);
  shelves_.clear();
}

}  // namespace gw::proxy
