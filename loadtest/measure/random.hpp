#pragma once
// xoshiro256++ of Blackman and Vigna (https://prng.di.unimi.it/): the same numbers on every machine, for every version of the library.

#include <array>
#include <bit>
#include <cstdint>

namespace loadtest::measure {

class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) noexcept {
    // splitmix64, as its authors advise: states that are mostly zero take long to recover.
    for (std::uint64_t& word : state_) {
      seed += 0x9e3779b97f4a7c15;
      std::uint64_t mixed = seed;
      mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
      mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
      word = mixed ^ (mixed >> 31);
    }
  }
  constexpr std::uint64_t next() noexcept {
    const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }
  /// Less than `end`, which is not 0. Off by less than 2^-32 from even.
  constexpr std::uint32_t below(std::uint32_t end) noexcept { return static_cast<std::uint32_t>(((next() >> 32) * end) >> 32); }
  /// From 0, to less than 1.
  constexpr double uniform() noexcept { return static_cast<double>(next() >> 11) * 0x1p-53; }

 private:
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace loadtest::measure
