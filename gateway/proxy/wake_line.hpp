#pragma once
// From the workers to whoever can wake a site. One for all workers; outlives them.

#include <atomic>
#include <functional>
#include <string>
#include <utility>

#include "gateway/proxy/route.hpp"

namespace gw::proxy {

class WakeLine {
 public:
  /// Told of a site that somebody wants awake. Called on any worker's thread, once for each time that the site falls asleep.
  using Ring = std::function<void(const std::string& site)>;

  explicit WakeLine(Ring ring) : ring_(std::move(ring)) {}
  WakeLine(const WakeLine&) = delete;
  WakeLine& operator=(const WakeLine&) = delete;

  /// Is there anybody who would wake a site?
  bool answered() const noexcept { return answered_.load(std::memory_order_relaxed); }
  void set_answered(bool is) noexcept { answered_.store(is, std::memory_order_relaxed); }

  void ask(const Site& site) const {
    if (site.pulse->ask()) ring_(site.id);
  }

 private:
  const Ring ring_;
  std::atomic<bool> answered_{false};
};

}  // namespace gw::proxy
