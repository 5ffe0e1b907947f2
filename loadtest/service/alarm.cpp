#include "loadtest/service/alarm.hpp"

#include <sys/timerfd.h>

#include <algorithm>

namespace loadtest::service {

Alarm::Alarm(gw::net::Worker& worker)
    : poller_(worker.poller()), timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
  poller_.add(timer_.get(), *this);
}

Alarm::~Alarm() { poller_.close(std::move(timer_)); }

void Alarm::add(Nanoseconds at, gw::net::Resumption who) {
  heap_.push_back({at, next_number_++, std::move(who)});
  std::push_heap(heap_.begin(), heap_.end());
  if (heap_.front().at == at) arm();
}

// Edge-triggered: the timer is never read, setting it anew forgets that it has expired.
void Alarm::arm() noexcept {
  if (heap_.empty()) return;
  const auto at = std::max<Nanoseconds>(heap_.front().at, 1);  // 0 would turn it off
  const itimerspec when{{}, {at / 1'000'000'000, at % 1'000'000'000}};
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

gw::net::Resumption Alarm::take_first() noexcept {
  std::pop_heap(heap_.begin(), heap_.end());
  auto who = std::move(heap_.back().who);
  heap_.pop_back();
  return who;
}

void Alarm::ready(std::uint32_t /*events*/) noexcept {
  // Those that are resumed may wait again, also for a time that is over by now: it is their turn again then.
  while (!heap_.empty() && heap_.front().at <= steady_now()) take_first().resume();
  arm();
}

void Alarm::stop() noexcept {
  stopped_ = true;
  while (!heap_.empty()) take_first().resume();
}

}  // namespace loadtest::service
