#pragma once
// Deadlines for one worker: a wheel of 100 ms ticks under a single timer. Setting a deadline is a store; it is looked at
// when its tick comes. A timer of Asio's per operation costs 2 us and beast::tcp_stream's about 40 % of a request.

#include <array>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <cstdint>

#include "gateway/net/descriptor.hpp"
#include "gateway/net/poller.hpp"

namespace gw::net {

using Clock = std::chrono::steady_clock;
using Duration = std::chrono::milliseconds;

class DeadlineWheel;

/// Something that must not take for ever. Lives on its worker's thread, is unlinked when destroyed.
class Deadline : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  explicit Deadline(DeadlineWheel& wheel) noexcept : wheel_(wheel) {}
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  /// From now on `in` is left. Late by at most two ticks (200 ms), never early.
  void expires_in(Duration in) noexcept;
  /// No deadline any more.
  void clear() noexcept;
  bool armed() const noexcept { return at_ != Clock::time_point::max(); }

 protected:
  virtual ~Deadline() = default;
  /// Called once when the time has come; the deadline is cleared before.
  virtual void expired() noexcept = 0;

 private:
  friend class DeadlineWheel;
  DeadlineWheel& wheel_;
  Clock::time_point at_ = Clock::time_point::max();
  Clock::time_point slot_time_;  ///< when the slot it is linked in comes
};

class DeadlineWheel final : private Pollable {
 public:
  explicit DeadlineWheel(Poller& poller);
  ~DeadlineWheel();
  DeadlineWheel(const DeadlineWheel&) = delete;
  DeadlineWheel& operator=(const DeadlineWheel&) = delete;

  /// The time at the last tick: good to 100 ms and free of a system call.
  Clock::time_point now() const noexcept { return now_; }
  static constexpr Duration tick{100};

 private:
  friend class Deadline;
  using Slot = boost::intrusive::list<Deadline, boost::intrusive::constant_time_size<false>>;
  static constexpr std::size_t slot_count = 1024;

  void insert(Deadline&) noexcept;
  void start() noexcept;
  void stop() noexcept;
  void ready(std::uint32_t events) noexcept override;

  Poller& poller_;
  Descriptor timer_;
  std::array<Slot, slot_count> slots_;
  std::uint64_t turns_ = 0;
  std::uint64_t idle_turns_ = 0;
  bool running_ = false;
  Clock::time_point now_;
};

}  // namespace gw::net
