#pragma once
// Where HdrHistogram puts a value: https://hdrhistogram.github.io/HdrHistogram/. Buckets double in width; each has as many equal
// sub-buckets as the wanted number of significant digits asks for.

#include <bit>
#include <cstddef>
#include <cstdint>

namespace loadtest::measure {

/// The longest time that is told apart from longer ones: an hour, in nanoseconds.
inline constexpr std::uint64_t longest = 3'600'000'000'000;

/// Places of values for a lowest discernible value, a highest trackable one, and a number of significant digits.
class Layout {
 public:
  /// `lowest` at least 1, `highest` at least twice that, `digits` 1 to 5: others are a mistake of the caller.
  constexpr Layout(std::uint64_t lowest, std::uint64_t highest, unsigned digits) noexcept
      : lowest_(lowest), highest_(highest), digits_(digits) {
    std::uint64_t resolution = 2;
    for (unsigned i = 0; i != digits; ++i) resolution *= 10;
    half_magnitude_ = static_cast<unsigned>(std::bit_width(std::bit_ceil(resolution)) - 2);
    unit_magnitude_ = static_cast<unsigned>(std::bit_width(lowest) - 1);
    mask_ = ((std::uint64_t{2} << half_magnitude_) - 1) << unit_magnitude_;
    buckets_ = 1;
    for (std::uint64_t beyond = (std::uint64_t{2} << half_magnitude_) << unit_magnitude_; beyond <= highest; beyond <<= 1) {
      ++buckets_;
      // The next one would not fit into a signed number: this bucket is the last there can be.
      if (beyond >> 62 != 0) break;
    }
  }

  /// Of nanoseconds, from one to an hour.
  static constexpr Layout of_times(unsigned digits) noexcept { return {1, longest, digits}; }

  /// The place of a value, which is at most `highest`.
  constexpr std::size_t index_of(std::uint64_t value) const noexcept {
    const unsigned bucket = bucket_of(value);
    const std::uint64_t sub = value >> (bucket + unit_magnitude_);
    return (std::size_t{bucket + 1} << half_magnitude_) + static_cast<std::size_t>(sub) - (std::size_t{1} << half_magnitude_);
  }

  /// The lowest value that has this place.
  constexpr std::uint64_t lowest_at(std::size_t index) const noexcept {
    const std::size_t half = std::size_t{1} << half_magnitude_;
    if (index < 2 * half) return std::uint64_t{index} << unit_magnitude_;
    return std::uint64_t{(index & (half - 1)) + half} << ((index >> half_magnitude_) - 1 + unit_magnitude_);
  }
  /// How many values have this place.
  constexpr std::uint64_t width_at(std::size_t index) const noexcept {
    const std::size_t bucket = index >> half_magnitude_;
    return std::uint64_t{1} << (unit_magnitude_ + (bucket == 0 ? 0 : bucket - 1));
  }
  /// The highest value that has this place.
  constexpr std::uint64_t highest_at(std::size_t index) const noexcept { return lowest_at(index) + width_at(index) - 1; }
  /// The value that stands for all of this place in a mean.
  constexpr std::uint64_t middle_at(std::size_t index) const noexcept { return lowest_at(index) + (width_at(index) >> 1); }

  constexpr std::uint64_t lowest() const noexcept { return lowest_; }
  constexpr std::uint64_t highest() const noexcept { return highest_; }
  constexpr unsigned digits() const noexcept { return digits_; }
  constexpr std::size_t buckets() const noexcept { return buckets_; }
  constexpr std::size_t sub_buckets() const noexcept { return std::size_t{2} << half_magnitude_; }
  /// How many places there are.
  constexpr std::size_t size() const noexcept { return (buckets_ + 1) << half_magnitude_; }

  friend constexpr bool operator==(const Layout&, const Layout&) = default;

 private:
  constexpr unsigned bucket_of(std::uint64_t value) const noexcept {
    return static_cast<unsigned>(std::bit_width(value | mask_)) - unit_magnitude_ - half_magnitude_ - 1;
  }

  std::uint64_t lowest_;
  std::uint64_t highest_;
  unsigned digits_;
  unsigned half_magnitude_ = 0;
  unsigned unit_magnitude_ = 0;
  std::uint64_t mask_ = 0;
  std::size_t buckets_ = 1;
};

}  // namespace loadtest::measure
