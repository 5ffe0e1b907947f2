#pragma once
// Whether a site is in use, and whether it sleeps. Shared by all snapshots that have the site, so a reload keeps it, and gone with
// the last of them. Each worker writes its own part without a locked instruction, and anybody may read: a request pays for a few
// stores into a line that is its worker's alone.

#include <atomic>
#include <cstdint>
#include <memory>

#include "gateway/net/deadline.hpp"

namespace gw::proxy {

class Pulse {
 public:
  using Time = net::Clock::time_point;

  /// What one worker has of the site.
  struct alignas(64) Part {
    std::atomic<std::uint32_t> working{0};     ///< exchanges whose answer is awaited, or whose body is on its way
    std::atomic<std::uint32_t> streams{0};     ///< that have no length: WebSockets, events, gRPC
    std::atomic<net::Clock::rep> ended{0};     ///< when one of the former was last over
    std::atomic<net::Clock::rep> streamed{0};  ///< when something was last moved on one of the latter
  };

  /// The parts together.
  struct Reading {
    std::uint32_t working = 0;
    std::uint32_t streams = 0;
    Time ended{};
    Time streamed{};

    void add(const Part& part) noexcept;
    /// When the site was last used, as seen `now`. `sockets`: an open stream is use, also when nothing moves on it.
    Time last_used(Time now, bool sockets) const noexcept;
    /// Does somebody use it this moment: is an exchange under way, or did something move on a stream within `lately`?
    bool busy(Time now, net::Duration lately, bool sockets) const noexcept;
  };

  explicit Pulse(std::size_t workers) noexcept : workers_(static_cast<std::uint32_t>(workers)) {}
  ~Pulse();
  Pulse(const Pulse&) = delete;
  Pulse& operator=(const Pulse&) = delete;

  /// The part of worker number `worker`, on its thread.
  Part& at(std::size_t worker);
  /// What that worker has. Exact on its thread.
  Reading read(std::size_t worker) const noexcept;
  /// What all have. From any thread: a moment for each part.
  Reading read() const noexcept;

  /// How the site is, for those who cannot wait for the next snapshot. Set by the main thread before it posts one.
  enum class Rest : std::uint8_t {
    none,    ///< it is awake, or cannot be woken by visitors
    asleep,  ///< nobody has asked for it since it fell asleep
    asked,   ///< somebody has
    waking,  ///< it is being woken
  };
  void set(Rest rest) noexcept { rest_.store(rest, std::memory_order_release); }
  Rest rest() const noexcept { return rest_.load(std::memory_order_acquire); }
  /// Somebody wants it awake. True: nobody else had, since it fell asleep.
  bool ask() noexcept;

  /// Takes one of `most` places of those who wait for it, over all workers. False: all are taken.
  bool hold(std::uint32_t most) noexcept;
  void let_go() noexcept { held_.fetch_sub(1, std::memory_order_relaxed); }
  std::uint32_t held() const noexcept { return held_.load(std::memory_order_relaxed); }

 private:
  std::atomic<Rest> rest_{Rest::none};
  std::atomic<std::uint32_t> held_{0};
  using Parts = std::atomic<Part*>;
  Parts* parts();

  const std::uint32_t workers_;
  /// Made at the first request, and each of them by its worker: most sites are visited by nobody, or by few workers. Ours.
  std::atomic<Parts*> parts_{nullptr};
};

}  // namespace gw::proxy
