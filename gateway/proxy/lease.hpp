#pragma once
// A request at an endpoint: counted while it lasts.

#include <utility>

#include "gateway/proxy/route.hpp"

namespace gw::proxy {

/// Held by the exchange, on its worker's thread. For an endpoint without a state it is nothing.
class Lease {
 public:
  Lease() = default;
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() { end(); }

  /// False: all places of the endpoint are taken. The snapshot must outlive the lease.
  bool begin(const Endpoint& endpoint, std::size_t worker) noexcept {
    end();
    auto* const state = endpoint.state.get();
    if (state == nullptr) return true;
    if (endpoint.max_in_flight != 0 && !state->take_place(endpoint.max_in_flight)) return false;
    counted_ = endpoint.max_in_flight != 0;
    state_ = state;
    worker_ = worker;
    count(1);
    return true;
  }

  void end() noexcept {
    if (state_ == nullptr) return;
    count(-1);
    if (counted_) state_->leave_place();
    state_ = nullptr;
  }

 private:
  // Only this thread writes: no need for a locked instruction.
  void count(int by) noexcept {
    auto& in_flight = state_->at(worker_).in_flight;
    in_flight.store(in_flight.load(std::memory_order_relaxed) + static_cast<std::uint32_t>(by), std::memory_order_relaxed);
  }

  EndpointState* state_ = nullptr;
  std::size_t worker_ = 0;
  bool counted_ = false;
};

}  // namespace gw::proxy
