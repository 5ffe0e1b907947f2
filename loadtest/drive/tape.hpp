#pragma once
// Every request, for somebody who wants them one by one while they come.

#include <algorithm>
#include <atomic>
#include <bit>
#include <cassert>
#include <cstddef>
#include <memory>
#include <vector>

#include "loadtest/measure/sample.hpp"

namespace loadtest::drive {

/// A ring for each thread of the generator, from which one other thread takes. Who puts never waits: what finds no room is counted, and gone.
class Tape {
 public:
  struct Entry {
    measure::Sample sample;
    std::uint32_t lane = 0;
  };
  /// A power of two; of 64 Ki each ring takes 7 MB and lasts for a second at 60,000 requests a second.
  static constexpr std::size_t usual_places = std::size_t{1} << 16;
  static_assert(std::has_single_bit(usual_places));
  /// Bytes of all rings together: with many threads each makes fewer requests a second.
  static constexpr std::size_t budget = std::size_t{128} << 20;

  /// Of each ring, where there are so many.
  static std::size_t places_for(unsigned threads) noexcept {
    return std::min(usual_places, std::bit_floor(budget / sizeof(Entry) / std::max(threads, 1U)));
  }

  explicit Tape(unsigned threads) : Tape(threads, places_for(threads)) {}
  /// `places`: a power of two.
  Tape(unsigned threads, std::size_t places) {
    assert(std::has_single_bit(places));
    for (unsigned i = 0; i != threads; ++i) rings_.push_back(std::make_unique<Ring>(places));
  }

  /// On that thread of the generator only.
  void put(unsigned thread, const measure::Sample& sample, std::uint32_t lane) noexcept {
    Ring& ring = *rings_[thread];
    const auto end = ring.end.load(std::memory_order_relaxed);
    if (end - ring.begin.load(std::memory_order_acquire) == ring.entries.size()) {
      ring.lost.store(ring.lost.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
      return;
    }
    ring.entries[end & (ring.entries.size() - 1)] = {sample, lane};
    ring.end.store(end + 1, std::memory_order_release);
  }

  /// On one thread only: `take(entry)` of all that is there, the oldest of each thread first, until it says false.
  template <class Take>
  void each(Take take) {
    for (auto& ring : rings_) {
      auto begin = ring->begin.load(std::memory_order_relaxed);
      const auto end = ring->end.load(std::memory_order_acquire);
      bool more = true;
      for (; begin != end && more; ++begin) {
        more = take(ring->entries[begin & (ring->entries.size() - 1)]);
        ring->begin.store(begin + 1, std::memory_order_release);
      }
      if (!more) return;
    }
  }

  /// How many were put, with those that found no room.
  std::uint64_t put_in_all() const noexcept {
    std::uint64_t sum = 0;
    for (const auto& ring : rings_)
      sum += ring->end.load(std::memory_order_acquire) + ring->lost.load(std::memory_order_relaxed);
    return sum;
  }
  /// How many of them found no room.
  std::uint64_t lost() const noexcept {
    std::uint64_t sum = 0;
    for (const auto& ring : rings_) sum += ring->lost.load(std::memory_order_relaxed);
    return sum;
  }

 private:
  struct Ring {
    explicit Ring(std::size_t places) : entries(places) {}
    std::vector<Entry> entries;
    alignas(64) std::atomic<std::uint64_t> end{0};  ///< who puts
    std::atomic<std::uint64_t> lost{0};
    alignas(64) std::atomic<std::uint64_t> begin{0};  ///< who takes
  };

  std::vector<std::unique_ptr<Ring>> rings_;
};

}  // namespace loadtest::drive
