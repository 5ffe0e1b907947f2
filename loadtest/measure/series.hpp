#pragma once
// What was seen, in windows of time: a quarter of a second each at first, twice as much whenever there are too many of them.

#include <array>
#include <span>
#include <vector>

#include "loadtest/measure/histogram.hpp"
#include "loadtest/measure/metric.hpp"
#include "loadtest/measure/packed.hpp"

namespace loadtest::measure {

/// One metric in one window.
struct Cell {
  std::uint64_t count = 0;
  std::uint64_t sum = 0;  ///< of the values themselves, not of their places
  std::uint64_t min = 0;  ///< likewise; of no value when count is 0
  std::uint64_t max = 0;
  PackedCounts counts;

  void add(const Cell& other, std::size_t size);
};

/// All that was due within a stretch of time.
struct Window {
  std::uint64_t started = 0;  ///< requests that were due
  std::uint64_t ended = 0;    ///< requests that came to an end within this time, whenever they were due
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::array<Cell, metrics> cells;
  PackedCounts tally;  ///< how many had a status (0 to 999), and an ending (1000 + Ending)

  const Cell& operator[](Metric metric) const noexcept { return cells[static_cast<std::size_t>(metric)]; }
  Cell& operator[](Metric metric) noexcept { return cells[static_cast<std::size_t>(metric)]; }
  void add(const Window& other);
};
inline constexpr std::size_t tally_size = 1000 + endings;

/// A status and how many had it.
struct CodeCount {
  std::uint16_t code = 0;
  std::uint64_t count = 0;
};

struct Series {
  static constexpr Nanoseconds first_width = 250'000'000;
  /// An hour of seconds; beyond, windows widen so that no run takes more memory than this many.
  static constexpr std::size_t most_windows = 3600;

  Nanoseconds width = first_width;
  std::vector<Window> windows;  ///< the n-th begins n * width after the beginning of the run
  std::vector<Window> warm_up;  ///< likewise: what does not count

  /// Windows twice as wide.
  void widen();
  /// Widens until windows are at least that long, if doubling gets there.
  void widen_to(Nanoseconds wanted);
  /// Adds what another thread, or another machine, has seen at the same time. Exact: counts are added, nothing else.
  void merge(const Series& other);
  /// What was due before this moment was warm-up after all. In whole windows: returns where they end.
  Nanoseconds warm_until(Nanoseconds moment);

  /// The whole of one metric, without the warm-up.
  Histogram total(Metric metric) const;
  /// Its count, exact sum and extremes.
  Cell summary(Metric metric) const;
  std::uint64_t started() const noexcept;
  std::uint64_t ended() const noexcept;
  std::uint64_t bytes_in() const noexcept;
  std::uint64_t bytes_out() const noexcept;
  std::vector<CodeCount> codes() const;
  std::array<std::uint64_t, endings> by_ending() const;
};

/// The codes of some windows, and their endings.
std::array<std::uint64_t, tally_size> tally_of(std::span<const Window> windows);

}  // namespace loadtest::measure
