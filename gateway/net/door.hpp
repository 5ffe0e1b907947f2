#pragma once
// A worker's way in: who may be accepted takes a place and keeps it until his connection is over. While there are no places,
// listeners do not accept, and who connects waits in the queue of the kernel. Lives on its worker's thread.

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>
#include <vector>

#include "gateway/net/connection_limits.hpp"
#include "gateway/net/worker.hpp"

namespace gw::net {

/// The place of one connection, given back at its end.
class Place {
 public:
  Place() = default;
  Place(Place&& other) noexcept : door_(std::exchange(other.door_, nullptr)), spot_(std::exchange(other.spot_, std::nullopt)) {}
  Place& operator=(Place&& other) noexcept {
    std::swap(door_, other.door_);
    std::swap(spot_, other.spot_);
    return *this;
  }
  ~Place() { leave(); }

  explicit operator bool() const noexcept { return door_ != nullptr; }

  /// Counts the connection for the client that it turned out to be from. False: the client has its share, or comes too fast, so
  /// the connection must end. Once.
  bool claim(ClientKey client) noexcept;

 private:
  friend class Door;
  explicit Place(Door& door) noexcept : door_(&door) {}
  void leave() noexcept;

  Door* door_ = nullptr;
  std::optional<ClientShares::Spot> spot_;
};

class Door {
 public:
  /// Whoever does not accept while there are no places.
  class Waiting {
   public:
    /// There are some again, or were a moment ago.
    virtual void may_accept() noexcept = 0;

   protected:
    ~Waiting() = default;
  };

  /// Before any worker runs.
  Door(Worker& worker, ConnectionLimits& limits);
  /// When none does any more.
  ~Door();
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  /// A place for a connection that is about to be accepted; none: there is none, `wait`.
  Place enter() noexcept { return limits_.enter() ? Place(*this) : Place(); }
  void wait(Waiting& who);
  void forget(Waiting& who) noexcept { std::erase(waiting_, &who); }

  /// Is anybody's share limited?
  bool counts_clients() const noexcept { return limits_.shares() != nullptr; }
  /// Accepting is paused for want of descriptors.
  void no_descriptors() noexcept { limits_.descriptors_.fetch_add(1, std::memory_order_relaxed); }

 private:
  friend class ConnectionLimits;
  friend class Place;
  void open() noexcept;

  Worker& worker_;
  ConnectionLimits& limits_;
  std::vector<Waiting*> waiting_;
  std::atomic<bool> anybody_{false};  ///< in `waiting_`, for other threads to see
};

}  // namespace gw::net
