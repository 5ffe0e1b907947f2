#include "gateway/proxy/pulse.hpp"

#include <algorithm>

namespace gw::proxy {
namespace {

Pulse::Time time_of(const std::atomic<net::Clock::rep>& stamp) noexcept {
  return Pulse::Time(net::Clock::duration(stamp.load(std::memory_order_relaxed)));
}

}  // namespace

void Pulse::Reading::add(const Part& part) noexcept {
  working += part.working.load(std::memory_order_relaxed);
  streams += part.streams.load(std::memory_order_relaxed);
  ended = std::max(ended, time_of(part.ended));
  streamed = std::max(streamed, time_of(part.streamed));
}

Pulse::Time Pulse::Reading::last_used(Time now, bool sockets) const noexcept {
  return working != 0 || (sockets && streams != 0) ? now : std::max(ended, streamed);
}

bool Pulse::Reading::busy(Time now, net::Duration lately, bool sockets) const noexcept {
  return working != 0 || (streams != 0 && (sockets || now - streamed < lately));
}

Pulse::~Pulse() {
  const std::unique_ptr<Parts[]> parts(parts_.load());
  if (!parts) return;
  for (std::size_t i = 0; i != workers_; ++i) const std::unique_ptr<Part> ours(parts[i].load());
}

Pulse::Parts* Pulse::parts() {
  auto* parts = parts_.load(std::memory_order_acquire);
  if (parts != nullptr) return parts;
  auto made = std::make_unique<Parts[]>(workers_);
  // Another worker may have been faster; then its own are in `parts`.
  return parts_.compare_exchange_strong(parts, made.get()) ? made.release() : parts;
}

Pulse::Part& Pulse::at(std::size_t worker) {
  auto& mine = parts()[worker];
  auto* part = mine.load(std::memory_order_relaxed);
  if (part == nullptr) {
    part = std::make_unique<Part>().release();
    mine.store(part, std::memory_order_release);
  }
  return *part;
}

Pulse::Reading Pulse::read(std::size_t worker) const noexcept {
  Reading reading;
  const auto* const parts = parts_.load(std::memory_order_acquire);
  if (parts == nullptr) return reading;
  if (const auto* part = parts[worker].load(std::memory_order_acquire)) reading.add(*part);
  return reading;
}

Pulse::Reading Pulse::read() const noexcept {
  Reading reading;
  const auto* const parts = parts_.load(std::memory_order_acquire);
  for (std::size_t i = 0; parts != nullptr && i != workers_; ++i)
    if (const auto* part = parts[i].load(std::memory_order_acquire)) reading.add(*part);
  return reading;
}

bool Pulse::ask() noexcept {
  auto asleep = Rest::asleep;
  return rest_.compare_exchange_strong(asleep, Rest::asked);
}

bool Pulse::hold(std::uint32_t most) noexcept {
  auto held = held_.load(std::memory_order_relaxed);
  while (held < most)
    if (held_.compare_exchange_weak(held, held + 1, std::memory_order_relaxed)) return true;
  return false;
}

}  // namespace gw::proxy
