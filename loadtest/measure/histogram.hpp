#pragma once
// A histogram that opens in every tool that knows HdrHistogram: same places, same percentiles, same rounding.

#include <cstdint>
#include <limits>
#include <vector>

#include "loadtest/measure/layout.hpp"
#include "loadtest/measure/packed.hpp"

namespace loadtest::measure {

class Histogram {
 public:
  /// Of nanoseconds up to an hour.
  explicit Histogram(unsigned digits = 3) : Histogram(Layout::of_times(digits)) {}
  explicit Histogram(const Layout& layout) : layout_(layout), counts_(layout.size()) {}

  /// Values beyond the highest trackable one are counted as that one: too long to tell, and not lost.
  void record(std::uint64_t value, std::uint64_t count = 1) noexcept;
  /// For values of a closed loop that come from elsewhere: fills in what was not asked while the value was waited for, one for every
  /// `interval`. Never for an open loop, whose times begin when they should.
  void record_corrected(std::uint64_t value, std::uint64_t interval) noexcept;
  /// Adds counts at their places: false, and nothing is added, when they are damaged or too many.
  bool add_packed(std::span<const std::uint8_t> counts);
  /// Exact where the layouts are equal; else every value of `other` is recorded as the middle of its place.
  void merge(const Histogram& other) noexcept;

  std::uint64_t total() const noexcept { return total_; }
  bool empty() const noexcept { return total_ == 0; }
  /// The highest value that is not told apart from the one at this rank. `percentile` in percent, 0 to 100.
  std::uint64_t value_at_percentile(double percentile) const noexcept;
  /// How many values are not greater than this one, in percent of all.
  double percentile_at_or_below(std::uint64_t value) const noexcept;
  /// The rank (from 1) that `value_at_percentile` reads.
  std::uint64_t rank_of(double percentile) const noexcept;
  /// The highest value that is not told apart from the one at this rank, counted from 1.
  std::uint64_t value_at_rank(std::uint64_t rank) const noexcept;

  /// The lowest value that is not told apart from the smallest one; 0 when there is none.
  std::uint64_t min() const noexcept;
  /// The highest value that is not told apart from the greatest one; 0 when there is none.
  std::uint64_t max() const noexcept;
  double mean() const noexcept;
  double standard_deviation() const noexcept;

  const Layout& layout() const noexcept { return layout_; }
  std::uint64_t count_at(std::size_t index) const noexcept { return counts_[index]; }
  /// One place beyond the last that has a count.
  std::size_t end() const noexcept { return end_; }
  PackedCounts packed() const;

  friend bool operator==(const Histogram& one, const Histogram& other) noexcept {
    return one.layout_ == other.layout_ && one.counts_ == other.counts_;
  }

 private:
  void count(std::size_t index, std::uint64_t count) noexcept;

  Layout layout_;
  std::vector<std::uint64_t> counts_;
  std::uint64_t total_ = 0;
  std::size_t begin_ = std::numeric_limits<std::size_t>::max();  ///< the first place with a count
  std::size_t end_ = 0;
};

}  // namespace loadtest::measure
