#pragma once
// What we know of an endpoint besides its address: how busy it is and how it fares. Shared by all snapshots that have the
// endpoint, so a reload keeps it. Upstreams with one endpoint and no limits have none, and pay nothing for it.

#include <atomic>
#include <cstdint>
#include <memory>

#include "gateway/proxy/health.hpp"

namespace gw::proxy {

class EndpointState {
 public:
  /// What one worker has seen: written by its thread only, so no write is contended. Others may read the atomic parts.
  struct alignas(64) Seen {
    std::atomic<std::uint32_t> in_flight{0};
    Health health;
    std::int64_t turn = 0;  ///< of the round robin
  };

  explicit EndpointState(std::size_t workers) : workers_(workers), seen_(std::make_unique<Seen[]>(workers)) {}

  Seen& at(std::size_t worker) noexcept { return seen_[worker]; }
  const Seen& at(std::size_t worker) const noexcept { return seen_[worker]; }
  std::size_t workers() const noexcept { return workers_; }

  /// Its places, for an endpoint with a limit: exact over all workers.
  bool full(unsigned most) const noexcept { return taken_.load(std::memory_order_relaxed) >= most; }
  bool take_place(unsigned most) noexcept {
    auto taken = taken_.load(std::memory_order_relaxed);
    while (taken < most)
      if (taken_.compare_exchange_weak(taken, taken + 1, std::memory_order_relaxed)) return true;
    return false;
  }
  void leave_place() noexcept { taken_.fetch_sub(1, std::memory_order_relaxed); }

 private:
  const std::size_t workers_;
  const std::unique_ptr<Seen[]> seen_;
  alignas(64) std::atomic<std::uint32_t> taken_{0};
};

}  // namespace gw::proxy
