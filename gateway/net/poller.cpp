#include "gateway/net/poller.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <array>
#include <new>

namespace gw::net {
namespace {

// Of one epoll_wait(2): enough that a full worker calls it rarely, little enough that what was deferred does not wait long.
constexpr std::size_t events_a_turn = 128;

constexpr std::uint64_t tag(std::uint32_t generation, int descriptor) noexcept {
  return std::uint64_t{generation} << 32 | static_cast<std::uint32_t>(descriptor);
}

constexpr std::uint32_t events_of(Poller::Trigger trigger) noexcept {
  switch (trigger) {
    case Poller::Trigger::readable:
      return EPOLLIN | EPOLLRDHUP | EPOLLET;
    case Poller::Trigger::both:
      return EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    case Poller::Trigger::level:
      break;
  }
  return EPOLLIN;
}

}  // namespace

Poller::Poller(bool nested)
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), bell_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), nested_(nested) {
  // Edge-triggered, each write to it is an event of its own: it is never read. Its tag is of no owner.
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.u64 = tag(0, bell_.get());
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, bell_.get(), &event);
}

bool Poller::add(int descriptor, Pollable& owner, Trigger trigger) noexcept {
  const auto index = static_cast<std::size_t>(descriptor);
  try {
    if (index >= owners_.size()) owners_.resize(index + 1 + index / 2);
  } catch (const std::bad_alloc&) {
    return false;
  }
  // 0 is no registration.
  if (++generation_ == 0) ++generation_;
  epoll_event event{};
  event.events = events_of(trigger);
  event.data.u64 = tag(generation_, descriptor);
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0) return false;
  owners_[index] = {&owner, generation_};
  return true;
}

void Poller::hear_of_both(int descriptor) noexcept {
  const auto index = static_cast<std::size_t>(descriptor);
  if (index >= owners_.size()) return;
  epoll_event event{};
  event.events = events_of(Trigger::both);
  event.data.u64 = tag(owners_[index].generation, descriptor);
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, descriptor, &event);
}

void Poller::remove(int descriptor) noexcept {
  const auto index = static_cast<std::size_t>(descriptor);
  if (index >= owners_.size() || owners_[index].owner == nullptr) return;
  owners_[index] = {};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr);
}

void Poller::close(Descriptor descriptor) noexcept {
  const auto index = static_cast<std::size_t>(descriptor.get());
  if (descriptor && index < owners_.size()) owners_[index] = {};
}

void Poller::defer(Pollable& who) noexcept {
  if (who.is_linked()) return;
  if (nested_ && deferred_.empty()) wake();
  deferred_.push_back(who);
}

void Poller::at_end(Pollable& who) noexcept {
  if (who.is_linked()) return;
  if (nested_ && at_end_.empty()) wake();
  at_end_.push_back(who);
}

bool Poller::turn(int milliseconds) noexcept {
  ++turns_;
  std::array<epoll_event, events_a_turn> events;
  const bool waiting = deferred_.empty() && at_end_.empty();
  const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), waiting ? milliseconds : 0);
  const bool any = count > 0 || !waiting;
  // First what has waited longest; what it defers has its turn after the next wait.
  run(deferred_);
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    const auto index = static_cast<std::size_t>(event.data.u64 & 0xffffffffU);
    const auto generation = static_cast<std::uint32_t>(event.data.u64 >> 32);
    if (index >= owners_.size()) continue;
    const Entry entry = owners_[index];
    if (entry.owner != nullptr && entry.generation == generation) entry.owner->ready(event.events);
  }
  run(at_end_);
  return any;
}

void Poller::run(Deferred& list) noexcept {
  Deferred now;
  now.swap(list);
  while (!now.empty()) {
    Pollable& who = now.front();
    now.pop_front();
    who.ready(0);
  }
}

void Poller::wake() const noexcept {
  const std::uint64_t one = 1;
  // Fails only when the count is full, and then the bell has rung.
  [[maybe_unused]] const auto written = ::write(bell_.get(), &one, sizeof one);
}

}  // namespace gw::net
