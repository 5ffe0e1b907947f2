#pragma once
// One exchange in the pulse of its site, from being forwarded to its end.

#include "gateway/proxy/pulse.hpp"
#include "gateway/proxy/wake_line.hpp"

namespace gw::proxy {

/// Lives in the exchange's context, on its worker's thread. Site and line must outlive it.
class Presence {
 public:
  Presence() = default;
  Presence(const Presence&) = delete;
  Presence& operator=(const Presence&) = delete;
  ~Presence() { leave(); }

  /// The exchange is work for the site from now on. One that nobody asks about has no pulse, and this does nothing.
  void begin(const Site& site, std::size_t worker, const WakeLine& line) {
    if (!site.pulse) return;
    site_ = &site;
    line_ = &line;
    part_ = &site.pulse->at(worker);
    count_ = &part_->working;
    count(1);
  }

  /// From now on it is use of the site only while something moves: its answer has begun, and has no length.
  void becomes_stream(Pulse::Time now) noexcept {
    if (part_ == nullptr || streams()) return;
    count(-1);
    count_ = &part_->streams;
    count(1);
    moved(now);
  }

  /// Something of a stream has moved.
  void moved(Pulse::Time now) noexcept {
    if (streams()) stamp(part_->streamed, now);
  }
  /// Likewise, and it comes from the client: if the site sleeps it is to be woken.
  void heard(Pulse::Time now) {
    if (!streams()) return;
    stamp(part_->streamed, now);
    if (asleep()) line_->ask(*site_);
  }

  /// Is the site's app not to be blamed for what becomes of the exchange now?
  bool asleep() const noexcept { return part_ != nullptr && site_->pulse->rest() != Pulse::Rest::none; }

  /// The exchange is over.
  void end(Pulse::Time now) noexcept {
    if (part_ == nullptr) return;
    if (!streams()) stamp(part_->ended, now);
    leave();
  }

 private:
  bool streams() const noexcept { return part_ != nullptr && count_ == &part_->streams; }
  // Only this thread writes: no need for a locked instruction.
  void count(int by) noexcept {
    count_->store(count_->load(std::memory_order_relaxed) + static_cast<std::uint32_t>(by), std::memory_order_relaxed);
  }
  static void stamp(std::atomic<net::Clock::rep>& place, Pulse::Time now) noexcept {
    place.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  }
  void leave() noexcept {
    if (part_ == nullptr) return;
    count(-1);
    part_ = nullptr;
  }

  const Site* site_ = nullptr;
  const WakeLine* line_ = nullptr;
  Pulse::Part* part_ = nullptr;
  std::atomic<std::uint32_t>* count_ = nullptr;
};

}  // namespace gw::proxy
