#include "gateway/net/deadline.hpp"

#include <sys/timerfd.h>

#include <algorithm>

namespace gw::net {
namespace {

timespec to_timespec(Clock::duration time) noexcept {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  return {seconds.count(), std::chrono::duration_cast<std::chrono::nanoseconds>(time - seconds).count()};
}

}  // namespace

void Deadline::expires_in(Duration in) noexcept {
  if (!wheel_.running_) wheel_.now_ = Clock::now();
  // The wheel's time is up to a tick old; a tick more keeps the deadline from being early.
  at_ = wheel_.now_ + in + DeadlineWheel::tick;
  // A linked deadline is looked at when its slot comes and then moved on: later is free, sooner needs the move.
  if (is_linked()) {
    if (at_ >= slot_time_) return;
    unlink();
  }
  wheel_.insert(*this);
}

void Deadline::clear() noexcept { at_ = Clock::time_point::max(); }

DeadlineWheel::DeadlineWheel(Poller& poller)
    : poller_(poller), timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)), now_(Clock::now()) {
  poller_.add(timer_.get(), *this);
}

DeadlineWheel::~DeadlineWheel() {
  poller_.close(std::move(timer_));
  for (auto& slot : slots_)
    while (!slot.empty()) slot.front().unlink();
}

void DeadlineWheel::insert(Deadline& deadline) noexcept {
  // The first tick that is not before it, and not the one that is being looked at; what lies beyond the wheel is looked at
  // after one turn.
  const auto ahead = (deadline.at_ - now_ + tick - Clock::duration(1)) / tick;
  const auto ticks = std::clamp<std::int64_t>(ahead, 1, slot_count - 1);
  deadline.slot_time_ = now_ + ticks * tick;
  slots_[(turns_ + static_cast<std::uint64_t>(ticks)) % slot_count].push_back(deadline);
  if (!running_) start();
}

// Clock is CLOCK_MONOTONIC.
void DeadlineWheel::start() noexcept {
  running_ = true;
  const itimerspec every_tick{to_timespec(tick), to_timespec((now_ + tick).time_since_epoch())};
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &every_tick, nullptr);
}

void DeadlineWheel::stop() noexcept {
  running_ = false;
  const itimerspec never{};
  ::timerfd_settime(timer_.get(), 0, &never, nullptr);
}

void DeadlineWheel::ready(std::uint32_t) noexcept {
  // A timer with an interval goes on when it is read.
  std::uint64_t ticks = 0;
  if (::read(timer_.get(), &ticks, sizeof ticks) != sizeof ticks || !running_) return;
  const auto real = Clock::now();
  bool any = false;
  // A busy loop may wake late: catch up tick by tick, so that no slot is skipped.
  while (now_ + tick <= real) {
    now_ += tick;
    ++turns_;
    Slot due;
    due.swap(slots_[turns_ % slot_count]);
    while (!due.empty()) {
      Deadline& deadline = due.front();
      due.pop_front();
      if (deadline.at_ == Clock::time_point::max()) continue;
      any = true;
      if (deadline.at_ > now_) {
        insert(deadline);
      } else {
        deadline.at_ = Clock::time_point::max();
        deadline.expired();
      }
    }
  }
  // With nothing in any slot for a whole round the timer rests, so that an idle worker does not wake ten times a second.
  idle_turns_ = any ? 0 : idle_turns_ + 1;
  if (idle_turns_ <= slot_count) return;
  idle_turns_ = 0;
  stop();
}

}  // namespace gw::net
