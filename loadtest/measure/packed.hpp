#pragma once
// Counts of a histogram in few bytes, as HdrHistogram's V2 encoding has them: ZigZag LEB128 of at most nine bytes, a run of zeros as
// one negative number, nothing for the zeros at the end.

#include <cstdint>
#include <span>
#include <vector>

namespace loadtest::measure {

using PackedCounts = std::vector<std::uint8_t>;

/// A count and its place.
struct Place {
  std::uint32_t index = 0;
  std::uint64_t count = 0;
};

/// Writes counts, in the order of their places.
class Packer {
 public:
  explicit Packer(PackedCounts& out) : out_(&out) {}
  /// `index` is greater than all before.
  void add(std::uint32_t index, std::uint64_t count);

 private:
  void write(std::int64_t number);
  PackedCounts* out_;
  std::uint32_t next_ = 0;
};

/// Reads them. What is damaged ends it: `next` says no and `damaged` yes.
class Unpacker {
 public:
  /// Places are less than `size`.
  Unpacker(std::span<const std::uint8_t> bytes, std::size_t size) noexcept : rest_(bytes), size_(size) {}
  bool next(Place& place) noexcept;
  bool damaged() const noexcept { return damaged_; }

 private:
  bool read(std::int64_t& number) noexcept;
  std::span<const std::uint8_t> rest_;
  std::size_t size_;
  std::uint64_t index_ = 0;
  bool damaged_ = false;
};

/// The sum of both.
PackedCounts add(const PackedCounts& one, const PackedCounts& other, std::size_t size);

/// Counts one more at each of these places, which are sorted and may repeat.
PackedCounts add(const PackedCounts& counts, std::span<const std::uint32_t> places, std::size_t size);

}  // namespace loadtest::measure
