#pragma once
// Who may come in, who waits and who is sent away: the places of one Space or upstream, exact over all workers. One atomic
// word, no lock, no I/O; gate.hpp does the waiting.

#include <atomic>
#include <cstdint>

namespace gw::proxy {

class Admission {
 public:
  enum class Entry : std::uint8_t {
    in,     ///< a place was taken
    waits,  ///< counted as waiting: `enter_from_queue` or `give_up` must follow
    full,   ///< so many wait already that one more would only be late
  };

  /// A newcomer. `most` in flight, at least 1; at most `length` waiting. Whoever waits comes before him.
  Entry enter(unsigned most, unsigned length) noexcept {
    auto word = word_.load(std::memory_order_acquire);
    for (;;) {
      const bool in = in_flight(word) < most && waiting(word) == 0;
      if (!in && waiting(word) >= length) return Entry::full;
      if (word_.compare_exchange_weak(word, word + (in ? one_in_flight : one_waiting))) return in ? Entry::in : Entry::waits;
    }
  }

  /// Somebody who waits tries again. False: no place yet, and he still counts as waiting.
  bool enter_from_queue(unsigned most) noexcept {
    // In one order with `leave` and with whatever tells others that we wait: one of the two must see the other.
    auto word = word_.load(std::memory_order_seq_cst);
    while (in_flight(word) < most)
      if (word_.compare_exchange_weak(word, word + one_in_flight - one_waiting)) return true;
    return false;
  }

  /// Somebody waits no more.
  void give_up() noexcept { word_.fetch_sub(one_waiting); }

  /// Gives a place back. True: somebody waits and must be told.
  bool leave() noexcept { return waiting(word_.fetch_sub(one_in_flight)) != 0; }

  unsigned in_flight() const noexcept { return in_flight(word_.load()); }
  unsigned waiting() const noexcept { return waiting(word_.load()); }

 private:
  // Both counts in one word: who looks at one must not miss a change of the other, or a place would stay free while somebody waits.
  static constexpr std::uint64_t one_in_flight = 1;
  static constexpr std::uint64_t one_waiting = std::uint64_t{1} << 32;
  static constexpr unsigned in_flight(std::uint64_t word) noexcept { return static_cast<unsigned>(word); }
  static constexpr unsigned waiting(std::uint64_t word) noexcept { return static_cast<unsigned>(word >> 32); }

  alignas(64) std::atomic<std::uint64_t> word_{0};
};

}  // namespace gw::proxy
